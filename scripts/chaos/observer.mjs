import { createRequire } from 'node:module';
import { join } from 'node:path';

const IN_FLIGHT = {
  push: `SELECT count(*)::int AS count FROM outbox WHERE state IN ('sending', 'unknown', 'sent')`,
  run: `SELECT count(*)::int AS count FROM run WHERE state = 'running'`,
  transaction: `SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = 'tributary_app' AND state IN ('active', 'idle in transaction') AND xact_start < clock_timestamp() - interval '3 milliseconds'`,
};
export const MOMENTS = Object.keys(IN_FLIGHT);

/** Reads the hub's tables as an onlooker; survives the database's death. */
export class Observer {
  constructor({ root, url }) {
    const { Pool } = createRequire(join(root, 'package.json'))('pg');
    this.pool = new Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 2_000 });
    this.pool.on('error', () => undefined);
  }

  async rows(sql, parameters = []) {
    for (const end = Date.now() + 60_000; ;) {
      try {
        return (await this.pool.query(sql, parameters)).rows;
      } catch (error) {
        if (error.severity === 'ERROR' || Date.now() > end) throw error;
        await pause(50);
      }
    }
  }

  /** Waits for work of this kind to be under way; of any kind where that does not come. */
  async untilInFlight(moment, { seconds = 5 } = {}) {
    for (const end = Date.now() + seconds * 1_000; Date.now() < end; await pause(5)) if (await this.isInFlight(moment)) return true;
    return (await this.isInFlight('push')) || this.isInFlight('run');
  }

  async isInFlight(moment) {
    const [{ count }] = await this.rows(IN_FLIGHT[moment]);
    return count > 0;
  }

  async now() {
    return (await this.rows('SELECT clock_timestamp() AS now'))[0].now;
  }

  /** When something was last committed for good: a batch, a receipt or a confirmation. */
  async lastProgress() {
    const [{ at }] = await this.rows(
      `SELECT greatest((SELECT max(created_at) FROM batch), (SELECT max(confirmed_at) FROM outbox), (SELECT max(sent_at) FROM outbox WHERE state IN ('sent', 'confirmed'))) AS at`,
    );
    return at ?? new Date(0);
  }

  /** Milliseconds from `since` (the database's time) to the first commit after it. */
  async untilProgress(since, { seconds = 90 } = {}) {
    for (const end = Date.now() + seconds * 1_000; Date.now() < end; await pause(50)) {
      const at = await this.lastProgress();
      if (at > since) return at.getTime() - since.getTime();
    }
    return seconds * 1_000;
  }

  close() {
    return this.pool.end();
  }
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
