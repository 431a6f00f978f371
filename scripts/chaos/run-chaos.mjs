import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removePostgresData } from '../lib/embedded-postgres.mjs';
import { reconcile, until, untilQuiet } from '../lib/hub-client.mjs';
import { Calendar } from './calendar.mjs';
import { compareTruth } from './compare-truth.mjs';
import { FAULTS, planFaults } from './faults.mjs';
import { startInstallation, syncAll } from './installation.mjs';
import { pause } from './observer.mjs';
import { randomOf } from './random.mjs';
import { Workload } from './workload.mjs';

/** Strikes `kills` times while people work, waits for rest and compares both sides with the hub. */
export async function runChaos({ root, seed, kills, log, keep = false, candidates = 60 }) {
  return withInstallation({ root, seed, candidates, log, keep }, async (context) => {
    const counted = { inFlight: 0, recoveries: [] };
    context.workload.begin();
    await pause(1_500);
    for (const [at, kind] of planFaults(context.random, kills).entries()) {
      const { inFlight, recoveryMs } = await FAULTS[kind](context);
      if (inFlight) counted.inFlight += 1;
      if (recoveryMs !== undefined) counted.recoveries.push(recoveryMs);
      log(`${at + 1}/${kills} ${kind}: in flight ${inFlight}, progress after ${recoveryMs ?? '-'} ms`);
      await pause(context.random.between(200, 1_500));
    }
    await context.workload.end();
    return { kills, inFlight: counted.inFlight, ...(await settle(context)), recoveryP99Ms: percentile(counted.recoveries, 0.99) };
  });
}

/** An installation of its own in a temporary folder, first synced and at rest. */
export async function withInstallation({ root, programs, seed, candidates, log, keep }, work) {
  const dir = mkdtempSync(join(tmpdir(), 'tributary-chaos-'));
  let installation;
  try {
    installation = await startInstallation({ root, programs, dir, seed, candidates, log });
    const calendar = new Calendar(installation.stack.caldav);
    const workload = new Workload({ installation, calendar, seed, log });
    await syncAll(installation, { seconds: 180 });
    await workload.adopt();
    log(`${workload.interviews.length} interviews, ${workload.candidates.size} candidates; people start to work`);
    return await work({ installation, calendar, workload, log, random: randomOf(seed) });
  } finally {
    await installation?.stop();
    if (keep) log(`kept ${dir}`);
    else {
      removePostgresData(join(dir, 'postgres'));
      rmSync(dir, { recursive: true, force: true });
    }
  }
}

/**
 * Rest, one more sync as a schedule would, and the two proofs: a comparison that knows nothing of the hub's code, and reconciliation. Since
 * that fetches again what it misses, it may not come first: what only it could bring back was lost.
 */
export async function settle({ installation, calendar, workload, log }, seconds = 300) {
  const { hub } = installation;
  log(`${workload.done} acts of people, ${workload.failed} refused; waiting for rest`);
  await hub.vendor('DELETE', '/faults');
  await until('the API', () => hub.get('/connections').catch(() => undefined), { seconds: 60 });
  await untilQuiet(hub, { seconds });
  await syncAll(installation, { seconds });
  await syncAll(installation, { seconds });
  const before = await compareTruth({ installation, calendar, workload });
  const { parity, unexplained, explained } = await reconcile(hub, { seconds });
  await untilQuiet(hub, { seconds });
  const after = await compareTruth({ installation, calendar, workload });
  for (const finding of [...before.findings, ...after.findings].slice(0, 40)) log(finding);
  const open = await hub.all('/errors?state=live');
  for (const item of open.slice(0, 20))
    log(`open: ${item.stage} ${item.code} ${item.stream ?? ''} ${item.externalId ?? ''} ${item.message}`);
  log(`explained ${explained}, open items ${open.length}`);
  return { lost: Math.max(before.lost, after.lost), doubled: Math.max(before.doubled, after.doubled), unexplained, parity };
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? 0 : Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]);
}
