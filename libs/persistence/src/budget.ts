import { randomUUID } from 'node:crypto';
import type { Database } from './database.js';

/** Calls allowed per vendor account, shared by all workers. The same shape as the port in connector-sdk, which this library may not import. */
export interface VendorBudget {
  /** Takes one call; resolves to the ms to wait before it may be made (0 = now). A wait means that nothing was taken. */
  take: (account: string, limit: { perSecond: number }) => Promise<number>;
  /** The vendor said not before: nobody calls this account until then. */
  block: (account: string, forMs: number) => Promise<void>;
  /** Takes one of the places for calls at the same time; undefined while all are taken. */
  enter: (account: string, limit: { concurrent: number }) => Promise<{ leave: () => void } | undefined>;
}

const AVAILABLE = (now: string): string =>
  `least(greatest($2, 1), b.tokens + $2 * greatest(extract(epoch FROM ${now} - b.refilled_at)::double precision, 0))`;

/**
 * A bucket of one second's calls (at least one), refilled by the database clock. One statement: the row lock of the upsert orders all takers, and `excluded` holds
 * the one reading of the clock that both the refill and its time come from. The wait is read beside it, so a refused taker asks again.
 */
const TAKE = `
WITH taken AS (
  INSERT INTO vendor_budget AS b (account, tokens, refilled_at) VALUES ($1, greatest($2::double precision, 1) - 1, clock_timestamp())
  ON CONFLICT (account) DO UPDATE SET tokens = ${AVAILABLE('excluded.refilled_at')} - 1, refilled_at = greatest(b.refilled_at, excluded.refilled_at)
  WHERE ${AVAILABLE('excluded.refilled_at')} >= 1 AND coalesce(b.blocked_until <= excluded.refilled_at, true) RETURNING 1
)
SELECT CASE WHEN EXISTS (SELECT FROM taken) THEN 0 ELSE greatest(1, ceil(coalesce((
  SELECT greatest((1 - ${AVAILABLE('clock_timestamp()')}) / $2 * 1000, extract(epoch FROM b.blocked_until - clock_timestamp()) * 1000) FROM vendor_budget b WHERE b.account = $1
), 1000 / $2))) END::double precision AS wait_ms`;

/** After a block one call is free at once, and no burst has gathered. A shorter block never ends a longer one. */
const BLOCK = `
INSERT INTO vendor_budget AS b (account, tokens, refilled_at, blocked_until)
VALUES ($1, 1, clock_timestamp() + make_interval(secs => $2 / 1000.0), clock_timestamp() + make_interval(secs => $2 / 1000.0))
ON CONFLICT (account) DO UPDATE SET tokens = least(b.tokens, 1), refilled_at = greatest(b.refilled_at, excluded.blocked_until),
  blocked_until = greatest(b.blocked_until, excluded.blocked_until)`;

/** A place whose holder died is free again after this; who lives says so in between. */
const PLACE_MS = 6_000;
const RENEW_MS = 2_000;
const UNTIL = `clock_timestamp() + make_interval(secs => ${PLACE_MS / 1_000})`;

/** One of the free places, at random: two who want the same one do not meet again at the next. */
const ENTER = `
INSERT INTO vendor_call AS c (account, place, holder, until)
SELECT $1, p.place, $2, ${UNTIL} FROM generate_series(1, $3::integer) AS p (place) LEFT JOIN vendor_call t ON t.account = $1 AND t.place = p.place
WHERE coalesce(t.until <= clock_timestamp(), true) ORDER BY random() LIMIT 1
ON CONFLICT (account, place) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE c.until <= clock_timestamp() RETURNING place`;
const RENEW = `UPDATE vendor_call SET until = ${UNTIL} WHERE account = $1 AND holder = $2`;
const LEAVE = `UPDATE vendor_call SET until = '-infinity' WHERE account = $1 AND holder = $2`;

/** The budget that all processes of one database share; keyed by vendor account, not by connection or tenant. */
export function pgBudget(database: Database): VendorBudget {
  return {
    take: async (account, { perSecond }) => {
      if (!(perSecond > 0)) throw new RangeError(`perSecond must be positive, not ${perSecond}`);
      const [{ wait_ms: waitMs }] = await database.shared<{ wait_ms: number }>(TAKE, [account, perSecond]);
      return waitMs;
    },
    block: async (account, forMs) => {
      await database.shared(BLOCK, [account, forMs]);
    },
    enter: async (account, { concurrent }) => {
      const holder = randomUUID();
      const [taken] = await database.shared(ENTER, [account, holder, concurrent]);
      if (!taken) return undefined;
      const say = (sql: string) => void database.shared(sql, [account, holder]).catch(() => undefined);
      const renewing = setInterval(() => say(RENEW), RENEW_MS).unref();
      return {
        leave() {
          clearInterval(renewing);
          say(LEAVE);
        },
      };
    },
  };
}
