import { hubClient, reconcile, untilQuiet } from './hub-client.mjs';

export const CALENDAR_USER = { username: 'hub', password: 'hub' };
const WEBHOOK_SECRET = 'demo-webhook-secret';

/** Connects the sandbox ATS and a calendar, once. */
export async function connectDemo({
  hub,
  stack,
  seed = { seed: 7, candidates: 200, jobs: 3, interviewShare: 0.4, createdWithHubKey: 0.5, badRecords: 5 },
}) {
  const known = await hub.get('/connections');
  if (known.items.length > 0) return { seeded: undefined, connections: await whereTheyAreNow(hub, stack, known.items) };
  const { key } = await hub.vendor('POST', '/keys', { name: 'hub' });
  const seeded = await hub.vendor('POST', '/seed', { ...seed, hubKey: key });
  const ats = await hub.post('/connections', {
    connector: 'ashby',
    name: 'Ashby sandbox',
    settings: { apiUrl: stack.sandbox, callsPerSecond: 500 },
    credentials: { apiKey: key, webhookSecret: WEBHOOK_SECRET },
    systemOfRecord: true,
  });
  await hub.vendor('POST', '/webhooks', { url: `${stack.api}/api/v1/hooks/${ats.webhookEndpoint}`, secret: 'demo-webhook-secret' });
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
    streams: { events: { intervalSeconds: 60 } },
  });
  for (const connection of [ats, calendar]) {
    const test = await hub.post(`/connections/${connection.id}/test`);
    if (!test.ok) throw new Error(`${connection.name}: ${test.checks.find((check) => !check.ok)?.detail}`);
  }
  return { seeded, connections: [ats, calendar] };
}

/** Somebody else may have taken a port since the last run: then a server has moved, and its connection and the webhooks with it. */
async function whereTheyAreNow(hub, stack, connections) {
  for (const { id, connector, settings, streams } of connections) {
    const [field, url] = connector === 'ashby' ? ['apiUrl', stack.sandbox] : ['serverUrl', stack.caldav];
    if (settings[field] !== url) await hub.patch(`/connections/${id}`, { settings: { ...settings, [field]: url } });
    if (streams.some((stream) => stream.status === 'stopped')) await hub.post(`/connections/${id}/resume`);
  }
  const ats = connections.find(({ connector }) => connector === 'ashby');
  await hub.vendor('DELETE', '/webhooks');
  await hub.vendor('POST', '/webhooks', { url: `${stack.api}/api/v1/hooks/${ats.webhookEndpoint}`, secret: WEBHOOK_SECRET });
  return connections;
}

/** What else is in a team's calendar: no interviews, so the mapping leaves them out. */
async function addPrivateEvents({ caldav }) {
  const authorization = `Basic ${Buffer.from(`${CALENDAR_USER.username}:${CALENDAR_USER.password}`).toString('base64')}`;
  for (const [uid, title] of Object.entries({ lunch: 'Team lunch', dentist: 'Dentist', review: 'Quarterly review' })) {
    const event = ['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z', 'DTSTART:20310106T120000Z', `SUMMARY:${title}`, 'END:VEVENT'];
    const body = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//demo//EN', ...event, 'END:VCALENDAR', ''].join('\r\n');
    const headers = { authorization, 'content-type': 'text/calendar' };
    await fetch(new URL(`hub/interviews/${uid}.ics`, caldav), { method: 'PUT', headers, body });
  }
}

/** Syncs everything, lets the writes arrive, and reconciles. */
export async function tellStory({ stack, log = () => undefined, seed }) {
  const hub = hubClient(stack);
  log('connecting the sandbox ATS and the calendar');
  const { connections, seeded } = await connectDemo({ hub, stack, seed });
  if (seeded) await addPrivateEvents(stack);
  log('syncing');
  for (const connection of connections) {
    await hub.post(`/connections/${connection.id}/sync`);
    await untilQuiet(hub, { seconds: 300 });
  }
  log('syncing again, as a schedule would');
  for (const connection of connections) await hub.post(`/connections/${connection.id}/sync`);
  await untilQuiet(hub, { seconds: 300 });
  log('reconciling with fresh reads');
  const reconciliation = await reconcile(hub, { seconds: 300 });
  const open = (await hub.all('/errors?state=live')).length;
  return { table: await tableOf(hub, connections), reconciliation, open, ref: await someReference(hub, connections) };
}

/** The reference number of one application, to look at. */
async function someReference(hub, connections) {
  const { applications } = await hub.vendor('GET', '/truth');
  const ats = connections.find(({ connector }) => connector === 'ashby');
  return (await hub.get(`/records?object=application&connection=${ats.id}&externalId=${applications[0].id}`)).ref;
}

async function tableOf(hub, connections) {
  const rows = [];
  for (const { id, name } of connections) {
    const runs = await hub.all(`/runs?connection=${id}`);
    const sum = (word, kinds) => runs.filter((run) => kinds.includes(run.kind)).reduce((total, run) => total + (run.totals[word] ?? 0), 0);
    const inward = ['sync', 'hints', 'retries'];
    rows.push({
      connection: name,
      read: sum('read', inward),
      created: sum('created', inward),
      updated: sum('updated', inward),
      unchanged: sum('unchanged', inward),
      excluded: sum('excluded', inward),
      parked: sum('parked', inward),
      waited: sum('waiting', inward),
      pushed: sum('pushed', ['push']),
      confirmed: sum('confirmed', ['push']),
    });
  }
  return rows;
}

export function tableText(rows) {
  const columns = Object.keys(rows[0] ?? { connection: '' });
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => String(row[column]).length)));
  const line = (cells) =>
    cells.map((cell, at) => (at === 0 ? String(cell).padEnd(widths[at]) : String(cell).padStart(widths[at]))).join('  ');
  return [
    line(columns),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map((row) => line(columns.map((column) => row[column]))),
  ].join('\n');
}
