import { syncAll } from './installation.mjs';
import { pause } from './observer.mjs';

const LEASE_MS = 15_000;

/** The fault that each safety is there for, brought about on purpose: without that safety it must do harm, with it none. */
export const SCENARIOS = {
  /** A worker sleeps between the search for a create and the create itself, while another one takes over and creates. */
  async fence({ installation, workload }) {
    const { hub, stack, keeper, connections } = installation;
    // A sleep that falls before the last page of the search harms nobody: three of them hardly all do.
    for (let round = 0; round < 3; round += 1) {
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
    }
  },

  /** The worker dies while a batch is being written. */
  async checkpoint({ installation, workload, log }) {
    const { hub, stack, connections } = installation;
    for (let round = 0; round < 3; round += 1) {
      for (let more = 0; more < 400; more += 1) await workload.addCandidate();
      await hub.post(`/connections/${connections.ats}/sync`);
      await untilRow(
        installation,
        `SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'source_record' AND l.mode = 'RowExclusiveLock'`,
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

  /** The answer to a change is lost, the vendor shows our value, and somebody changes it before the hub tries again. */
  async echo({ installation, workload, random }) {
    const { hub, connections } = installation;
    for (let round = 0; round < 3; round += 1) {
      await hub.vendor('POST', '/faults', { kind: 'drop-after-effect', endpoint: 'interviewSchedule.update' });
      const before = (await hub.vendor('GET', '/writes')).writes.length;
      const interview = random.pick(
        workload.interviews.filter(({ owner, href, scheduleId }) => owner === 'calendar' && href && scheduleId),
      );
      await workload.moveInCalendar({ interview });
      await hub.post(`/connections/${connections.calendar}/sync`);
      await until(async () => (await hub.vendor('GET', '/writes')).writes.length > before);
      await hub.vendor('POST', '/faults', { kind: 'server-error', status: 503, endpoint: 'interviewSchedule.update', times: 3 });
      await until(
        async () => (await installation.observer.rows(`SELECT 1 FROM echo WHERE consumed_at > now() - interval '3 seconds'`)).length > 0,
        3,
      );
      interview.owner = 'ats';
      await workload.moveInAts({ interview });
      await hub.vendor('DELETE', '/faults');
      await syncAll(installation, { seconds: 60 });
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
  if (!(await until(async () => (await observer.rows(sql)).length > 0))) throw new Error(`the fault found no moment to strike: ${sql}`);
}

async function until(test, seconds = 60) {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await pause(2)) if (await test()) return true;
  return false;
}
