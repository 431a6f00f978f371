import { CALENDAR_USER } from '../lib/demo-story.mjs';
import { hubClient, untilQuiet } from '../lib/hub-client.mjs';
import { startStack } from '../lib/hub-stack.mjs';
import { startCommitProxy } from './commit-proxy.mjs';
import { Observer, pause } from './observer.mjs';

const EVERY_10_S = (...streams) => Object.fromEntries(streams.map((name) => [name, { intervalSeconds: 10 }]));

/** The whole hub as processes that are restarted whenever they end, its workers behind the commit proxy. */
export async function startInstallation({ root, programs, dir, seed, candidates, log }) {
  const stack = await startStack({ root, programs, dir, log, workers: 0 });
  const proxy = await startCommitProxy(stack.parts.postgres.port);
  const behind = new URL(stack.databaseUrl);
  behind.port = String(proxy.port);
  stack.workerEnvironment = { DATABASE_URL: behind.href };
  const observer = new Observer({ root, url: stack.parts.postgres.url('superuser') });
  const keeper = keepRunning(stack, log);
  const hub = hubClient(stack);
  const stop = async () => {
    keeper.end();
    await observer.close().catch(() => undefined);
    await stack.stop();
    await proxy.stop();
  };
  try {
    await keeper.startWorker(0);
    const connections = await connectAll({ hub, stack, seed, candidates });
    return { stack, hub, proxy, observer, keeper, connections, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whatever ends is started again, as an operator's supervisor would; nothing else is done for it. */
function keepRunning(stack, log) {
  const keeper = { ended: false, restarts: 0 };
  const again = async (name, start, place) => {
    for (; !keeper.ended; await pause(300)) {
      const part = await start().catch((error) => void log(`${name} did not start: ${error.message.split('\n')[0]}`));
      if (!part) continue;
      place(part);
      part.child.once('exit', () => {
        if (keeper.ended || part.leaves) return;
        keeper.restarts += 1;
        void again(name, start, place);
      });
      return part;
    }
    return undefined;
  };
  const placeApi = (part) => (stack.parts.api = part);
  stack.parts.api.child.once('exit', () => keeper.ended || void again('api', stack.startApi, placeApi));
  return {
    startWorker: (at) =>
      again(
        `worker ${at}`,
        () => stack.startWorker(at),
        (part) => (stack.parts.workers[at] = part),
      ),
    removeWorker: async (at) => {
      const part = stack.parts.workers[at];
      part.leaves = true;
      stack.parts.workers.length = at;
      await part.stop();
    },
    end: () => (keeper.ended = true),
  };
}

async function connectAll({ hub, stack, seed, candidates }) {
  const { key } = await hub.vendor('POST', '/keys', { name: 'hub' });
  const { key: recruiter } = await hub.vendor('POST', '/keys', { name: 'recruiter' });
  stack.recruiterKey = recruiter;
  await hub.vendor('POST', '/seed', { seed, candidates, jobs: 3, interviewShare: 0.5, createdWithHubKey: 1, hubKey: key });
  const ats = await hub.post('/connections', {
    connector: 'ashby',
    name: 'Ashby sandbox',
    settings: { apiUrl: stack.sandbox, callsPerSecond: 500 },
    credentials: { apiKey: key, webhookSecret: 'chaos-webhook-secret' },
    systemOfRecord: true,
    streams: EVERY_10_S('jobs', 'stages', 'candidates', 'applications', 'interview-schedules'),
  });
  await hub.vendor('POST', '/webhooks', { url: `${stack.api}/api/v1/hooks/${ats.webhookEndpoint}`, secret: 'chaos-webhook-secret' });
  const calendar = await hub.post('/connections', {
    connector: 'caldav',
    name: 'Team calendar',
    settings: {
      serverUrl: stack.caldav,
      calendar: 'Interviews',
      createCalendar: true,
      organizer: 'recruiting@example.org',
      attendees: 'interviewers-and-candidate',
      timeZone: 'Europe/Berlin',
    },
    credentials: CALENDAR_USER,
    streams: EVERY_10_S('events'),
  });
  for (const connection of [ats, calendar]) {
    const test = await hub.post(`/connections/${connection.id}/test`);
    if (!test.ok) throw new Error(`${connection.name}: ${test.checks.find((check) => !check.ok)?.detail}`);
  }
  return { ats: ats.id, calendar: calendar.id };
}

export async function syncAll({ hub, connections }, options) {
  for (const id of [connections.ats, connections.calendar]) {
    await hub.post(`/connections/${id}/sync`);
    await untilQuiet(hub, options);
  }
}
