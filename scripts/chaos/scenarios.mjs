import { syncAll } from './installation.mjs';
import { pause } from './observer.mjs';

const LEASE_MS = 15_000;

/** The fault that each safety is there for, brought about on purpose: without that safety it must do harm, with it none. */
export const SCENARIOS = {
  /** A worker sleeps between the search for a create and the create itself, while another one takes over and creates. */
  async fence({ installation, workload }) {
    const { hub, stack, keeper, connections } = installation;
    await workload.addInCalendar();
    await hub.vendor('POST', '/faults', { kind: 'latency', ms: 2_500, endpoint: 'interviewSchedule.list', forMs: 15_000 });
    await hub.post(`/connections/${connections.calendar}/sync`);
    await untilRow(installation, `SELECT 1 FROM outbox WHERE operation = 'create' AND state = 'sending'`);
    await pause(500);
    process.kill(stack.parts.workers[0].pid, 'SIGSTOP');
    await hub.vendor('DELETE', '/faults');
    await keeper.startWorker(1);
    const created = untilRow(
      installation,
      `SELECT 1 FROM outbox WHERE operation = 'create' AND state = 'confirmed' AND created_at > now() - interval '1 minute'`,
    );
    await Promise.all([created, pause(LEASE_MS + 1_000)]);
    process.kill(stack.parts.workers[0].pid, 'SIGCONT');
    await pause(5_000);
    await keeper.removeWorker(1);
  },

  /** The worker dies while a batch is being written. */
  async checkpoint({ installation, workload, log }) {
    const { hub, stack, connections } = installation;
    for (let round = 0; round < 3; round += 1) {
      for (let more = 0; more < 400; more += 1) await workload.addCandidate();
      await hub.post(`/connections/${connections.ats}/sync`);
      await untilRow(
        installation,
        `SELECT 1 FROM pg_stat_activity WHERE usename = 'tributary_app' AND backend_xid IS NOT NULL AND xact_start < clock_timestamp() - interval '15 milliseconds'`,
      );
      process.kill(stack.parts.workers[0].pid, 'SIGKILL');
      log(`round ${round + 1}: the worker died within a batch`);
      await pause(8_000);
    }
  },

  /** The create took effect, the connection ended without an answer, and the record is not shown yet. */
  async 'write-id'({ installation, workload }) {
    const { hub, connections } = installation;
    for (let round = 0; round < 3; round += 1) {
      await hub.vendor('POST', '/faults', { kind: 'lag', endpoint: 'interviewSchedule.create', ms: 3_000 });
      await hub.vendor('POST', '/faults', { kind: 'drop-after-effect', endpoint: 'interviewSchedule.create' });
      await workload.addInCalendar();
      await hub.post(`/connections/${connections.calendar}/sync`);
      await pause(3_000);
    }
  },

  /** The vendor keeps times to the minute: what it returns is not what was sent. */
  async base({ installation, workload }) {
    await installation.hub.vendor('POST', '/faults', { kind: 'reformat' });
    for (let round = 0; round < 4; round += 1) {
      await workload.moveInCalendar({ seconds: 30 });
      await syncAll(installation, { seconds: 40 });
      await workload.moveInAts();
      await syncAll(installation, { seconds: 40 });
    }
  },
};

async function untilRow({ observer }, sql) {
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(2)) if ((await observer.rows(sql)).length > 0) return;
  throw new Error(`the fault found no moment to strike: ${sql}`);
}
