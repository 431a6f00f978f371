import { COMMITS } from './commit-proxy.mjs';
import { MOMENTS, pause } from './observer.mjs';

const LEASE_MS = 15_000;

/** Every fault strikes while work is under way and says so: `{ inFlight, recoveryMs? }`. */
export const FAULTS = {
  async worker(context) {
    return struckDown(context, () => process.kill(context.installation.stack.parts.workers[0].pid, 'SIGKILL'));
  },
  async api(context) {
    return struckDown(context, () => process.kill(context.installation.stack.parts.api.pid, 'SIGKILL'));
  },
  async postgres(context) {
    const { postgres } = context.installation.stack.parts;
    return struckDown(context, async () => {
      postgres.kill();
      await pause(context.random.between(200, 1_500));
      await restart(() => postgres.start());
    });
  },
  async temporal(context) {
    const { temporal } = context.installation.stack.parts;
    return struckDown(context, async () => {
      temporal.kill();
      await pause(context.random.between(200, 1_500));
      await restart(() => temporal.start());
    });
  },
  /** Asleep past its lease while another worker goes on; then it wakes up and still believes. */
  async pausedWorker(context) {
    const { stack, keeper, observer } = context.installation;
    await keeper.startWorker(1);
    const inFlight = await observer.untilInFlight(context.random.pick(MOMENTS));
    const { pid } = stack.parts.workers[0];
    process.kill(pid, 'SIGSTOP');
    const since = await observer.now();
    const recoveryMs = await observer.untilProgress(since);
    await pause(Math.max(0, LEASE_MS + context.random.between(1_000, 5_000) - recoveryMs));
    process.kill(pid, 'SIGCONT');
    await pause(2_000);
    await keeper.removeWorker(1);
    return { inFlight, recoveryMs };
  },
  /** The server has committed, the worker is told nothing. */
  async lostCommit(context) {
    const { proxy, observer } = context.installation;
    const before = proxy.struck;
    const inFlight = await observer.untilInFlight('run');
    for (const kind of context.random.shuffle(COMMITS)) {
      proxy.arm(kind);
      for (const end = Date.now() + 8_000; Date.now() < end && proxy.struck === before;) await pause(20);
      if (proxy.struck > before) break;
    }
    proxy.disarm();
    if (proxy.struck === before) return { inFlight: false };
    return { inFlight, recoveryMs: await observer.untilProgress(await observer.now()) };
  },
  /** The create took effect, its answer is lost, and the record stays out of sight for a while; sometimes the worker dies as well. */
  async droppedCreate(context) {
    const { workload, random, installation } = context;
    const { hub, observer, stack } = installation;
    workload.holdsCreates = true;
    try {
      await pause(300);
      const endpoint = 'interviewSchedule.create';
      const lag = await hub.vendor('POST', '/faults', { kind: 'lag', endpoint, ms: random.between(1_000, 7_000) });
      const drop = await hub.vendor('POST', '/faults', { kind: 'drop-after-effect', endpoint });
      await workload.addInCalendar();
      const struck = await until(async () =>
        (await hub.vendor('GET', '/faults')).faults.some(({ id, struck }) => id === drop.id && struck > 0),
      );
      const inFlight = struck && (await observer.isInFlight('push'));
      if (random.below(2) === 0) process.kill(stack.parts.workers[0].pid, 'SIGKILL');
      if (!struck) {
        context.log(`the dropped create found no create within its time (lag ${lag.id})`);
        // Left armed, it would swallow the answer to a person's own create, which is then not known to have happened.
        await hub.vendor('DELETE', '/faults');
      }
      return { inFlight, recoveryMs: await observer.untilProgress(await observer.now()) };
    } finally {
      workload.holdsCreates = false;
    }
  },
};

async function struckDown({ installation: { observer }, random }, strike) {
  const inFlight = await observer.untilInFlight(random.pick(MOMENTS));
  const before = await observer.now();
  await strike();
  const after = await observer.now();
  return { inFlight, recoveryMs: await observer.untilProgress(after > before ? after : before) };
}

async function restart(start) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 10) throw error;
      await pause(300);
    }
  }
}

async function until(test) {
  for (const end = Date.now() + 30_000; Date.now() < end; await pause(50)) if (await test()) return true;
  return false;
}

/** Every kind in turn, mixed by the seed; sleeping past a lease takes longest and comes less often. */
export function planFaults(random, kills) {
  const plan = [];
  while (plan.length < kills) {
    const kinds = ['worker', 'worker', 'postgres', 'temporal', 'api', 'lostCommit', 'lostCommit', 'droppedCreate'];
    plan.push(...random.shuffle(plan.length % 3 === 0 ? [...kinds, 'pausedWorker'] : kinds));
  }
  return plan.slice(0, kills);
}
