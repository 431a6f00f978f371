import { Client, Connection } from '@temporalio/client';
import { describeIf } from '../capabilities.js';
import { hubClient, reconcile, untilQuiet } from '../../scripts/lib/hub-client.mjs';
import { CalendarClient, type CalendarEvent } from './calendar-client.js';
import { findLeaks } from '../workflows/find-leaks.js';
import { startInstallation } from './installation.js';

const CANDIDATES = Number(process.env.MAIN_JOB_CANDIDATES ?? 60);
const BAD = Number(process.env.MAIN_JOB_BAD_RECORDS ?? 10);
const AT_ONCE = { seconds: 60 + CANDIDATES / 2 };

interface Schedule {
  id: string;
  status: string;
  applicationId: string;
  createdBy: string;
  interviewEvents: { startTime: string; extraData?: { tributaryWriteId?: string } }[];
}
interface Truth {
  interviewSchedules: Schedule[];
  applications: { id: string; status: string }[];
}
interface Item {
  id: string;
  state: string;
  code: string;
  message: string;
  pointer: string | null;
  externalId: string;
  stream: string;
  resolution: string | null;
}

const REPAIRS: Record<string, object> = {
  'empty-name': { name: 'Mended Person' },
  'malformed-email': { email: 'mended@people.example.org' },
  'on-hold': { status: 'Scheduled' },
  'invalid-start-time': { startTime: '2031-03-04T09:00:00.000Z', endTime: '2031-03-04T10:00:00.000Z' },
};

describeIf('temporal', 'the main job, on real processes', () => {
  let installation: Awaited<ReturnType<typeof startInstallation>>;
  let hub: ReturnType<typeof hubClient>;
  let calendar: CalendarClient;

  const truth = (): Promise<Truth> => hub.vendor('GET', '/truth');
  const schedule = async (id: string): Promise<Schedule> => (await truth()).interviewSchedules.find((one) => one.id === id) as Schedule;
  const writesTo = async (id: string): Promise<string[]> =>
    (await hub.vendor<{ writes: { id: string; endpoint: string }[] }>('GET', '/writes')).writes.flatMap((write) =>
      write.id === id ? write.endpoint : [],
    );
  const items = (filter = 'state=live'): Promise<Item[]> => hub.all(`/errors?${filter}`);
  const syncAll = async (): Promise<void> => {
    for (const id of installation.connections) {
      await hub.post(`/connections/${id}/sync`);
      await untilQuiet(hub, AT_ONCE);
    }
  };
  const eventOf = async (one: Schedule): Promise<CalendarEvent> => {
    const record = await hub.get<{ sources: { connection: string; externalId: string }[] }>(
      `/records?object=interview&connection=${installation.connections[0]}&externalId=${one.id}`,
    );
    const uid = record.sources.find((source) => source.connection === 'Team calendar')?.externalId as string;
    return (await calendar.events()).find(
      (event) => event.href.includes(encodeURIComponent(uid)) || event.href.includes(uid),
    ) as CalendarEvent;
  };
  const upcoming = ({ interviewSchedules }: Truth, bad: Set<string>): Schedule[] =>
    interviewSchedules.filter(
      (one) => one.status === 'Scheduled' && !bad.has(one.id) && Date.parse(one.interviewEvents[0].startTime) > Date.now(),
    );
  const badIds = (): Set<string> => new Set(installation.seeded.bad.map((one) => one.id));

  beforeAll(
    async () => {
      installation = await startInstallation({
        seed: Number(process.env.MAIN_JOB_SEED ?? 11),
        candidates: CANDIDATES,
        jobs: 4,
        interviewShare: 0.5,
        createdWithHubKey: 0.5,
        badRecords: BAD,
      });
      hub = hubClient(installation);
      calendar = new CalendarClient(installation.caldav);
      await syncAll();
      // Radicale takes the longer for an event the more there are.
    },
    300_000 + CANDIDATES * 300,
  );
  afterAll(() => installation?.stop());

  it('puts every coming interview into the calendar, with people and reference number', async () => {
    const events = await calendar.events();
    const wanted = upcoming(await truth(), badIds());
    expect(wanted.length).toBeGreaterThan(CANDIDATES / 10);
    expect(events).toHaveLength(wanted.length);
    expect(events.map((event) => event.startsAt).sort()).toEqual(
      wanted.map((one) => new Date(one.interviewEvents[0].startTime).toISOString()).sort(),
    );
    for (const event of events) {
      expect(event.ref).toMatch(/^A-[0-9A-HJKMNP-TV-Z]+$/);
      expect(event.attendees.length).toBeGreaterThanOrEqual(2);
    }
    expect(new Set(events.map((event) => event.ref)).size).toBe(new Set(wanted.map((one) => one.applicationId)).size);
  });

  it('moves the interview in the ATS once when the event was moved, and nothing echoes', async () => {
    const [own] = upcoming(await truth(), badIds()).filter((one) => one.createdBy === 'hub');
    const movedTo = await calendar.move(await eventOf(own), 45);
    await syncAll();
    expect(new Date((await schedule(own.id)).interviewEvents[0].startTime).toISOString()).toBe(movedTo);
    const { etag, startsAt } = await eventOf(own);
    expect(startsAt).toBe(movedTo);
    await syncAll();
    await syncAll();
    expect(await writesTo(own.id)).toEqual(['interviewSchedule.update']);
    expect((await eventOf(own)).etag).toBe(etag);
  });

  it('parks PERMISSION with a sentence where another key made the schedule', async () => {
    const [foreign] = upcoming(await truth(), badIds()).filter((one) => one.createdBy !== 'hub');
    const before = foreign.interviewEvents[0].startTime;
    await calendar.move(await eventOf(foreign), 30);
    await syncAll();
    const parked = (await items('state=open&code=PERMISSION')).filter((item) => item.externalId === foreign.id);
    expect(parked).toHaveLength(1);
    expect(parked[0].message).toMatch(/created with that key: change this one in Ashby itself/);
    expect((await schedule(foreign.id)).interviewEvents[0].startTime).toBe(before);
  });

  it('creates the interview in the ATS once for an event with an application’s reference, and cancels it when the event goes', async () => {
    const { applications, interviewSchedules } = await truth();
    const busy = new Set([...interviewSchedules.map((one) => one.applicationId), ...badIds()]);
    const [free] = applications.filter((one) => !busy.has(one.id) && one.status === 'Active');
    const found = await hub.get<{ ref: string }>(
      `/records?object=application&connection=${installation.connections[0]}&externalId=${free.id}`,
    );
    const day = ['DTSTART:20310407T090000Z', 'DTEND:20310407T100000Z'];
    const href = await calendar.create('planned-by-hand', [...day, 'SUMMARY:Interview', `DESCRIPTION:see ${found.ref}`]);
    await syncAll();
    await syncAll();
    const made = (await truth()).interviewSchedules.filter((one) => one.applicationId === free.id);
    expect(made).toHaveLength(1);
    expect(made[0].interviewEvents[0].startTime).toBe('2031-04-07T09:00:00.000Z');
    expect(await writesTo(made[0].id)).toEqual(['interviewSchedule.create']);
    expect((await calendar.events()).filter((event) => event.startsAt === '2031-04-07T09:00:00.000Z')).toHaveLength(1);
    await calendar.remove(href);
    await syncAll();
    await syncAll();
    expect((await schedule(made[0].id)).status).toBe('Cancelled');
    expect((await calendar.events()).filter((event) => event.startsAt === '2031-04-07T09:00:00.000Z')).toHaveLength(0);
  });

  it('opens one item per bad record, each with a sentence and a pointer, and resolves it only when the ATS agrees', async () => {
    const bad = installation.seeded.bad;
    const open = (await items()).filter((item) => badIds().has(item.externalId));
    expect(open.map((item) => item.externalId).sort()).toEqual(bad.map((one) => one.id).sort());
    for (const item of open)
      expect([item.message, item.pointer]).toEqual([expect.stringMatching(/\w+ \w+ \w+.*/), expect.stringMatching(/^\//)]);
    await retry(open);
    expect((await items()).filter((item) => badIds().has(item.externalId))).toHaveLength(bad.length);
    for (const one of bad) await hub.vendor('POST', '/edit', { resource: one.resource, id: one.id, patch: await repairOf(one) });
    await retry((await items()).filter((item) => badIds().has(item.externalId)));
    await untilQuiet(hub, AT_ONCE);
    const resolved = (await items('state=resolved')).filter((item) => badIds().has(item.externalId) && item.resolution === 'verified');
    expect(new Set(resolved.map((item) => item.externalId)).size).toBe(bad.length);
    expect((await items()).filter((item) => badIds().has(item.externalId))).toEqual([]);
  });

  it('reconciles with nothing unexplained, and every difference that is left has an open item', async () => {
    const { unexplained, explained, parity } = await reconcile(hub, AT_ONCE);
    expect({ unexplained, explained }).toEqual({ unexplained: 0, explained: (await items()).length });
    expect(parity).toBeGreaterThan(0.9);
  });

  it('left nothing personal in any history, memo, search attribute or schedule of Temporal', async () => {
    const personal = personalTexts(await hub.vendor<object>('GET', '/truth'));
    expect(personal.size).toBeGreaterThan(CANDIDATES * 3);
    const connection = await Connection.connect({ address: installation.temporal });
    const client = new Client({ connection });
    const seen = new Map<string, number>();
    for await (const { workflowId, runId, type } of client.workflow.list()) {
      const handle = client.workflow.getHandle(workflowId, runId);
      const kept = [await handle.fetchHistory(), (await handle.describe()).raw];
      expect([type, kept.flatMap((one) => findLeaks(one, [...personal]))]).toEqual([type, []]);
      seen.set(type, (seen.get(type) ?? 0) + 1);
    }
    for await (const { scheduleId } of client.schedule.list()) {
      expect(findLeaks((await client.schedule.getHandle(scheduleId).describe()).raw, [...personal])).toEqual([]);
      seen.set('a schedule', (seen.get('a schedule') ?? 0) + 1);
    }
    await connection.close();
    expect([...seen.keys()]).toEqual(expect.arrayContaining(['pushChanges', 'reconcileStream', 'retryErrors', 'syncStream', 'a schedule']));
    expect(seen.get('syncStream')).toBeGreaterThan(10);
    expect(seen.get('pushChanges')).toBeGreaterThan(2);
  });

  async function retry(which: Item[]): Promise<void> {
    for (const { id } of which) await hub.post(`/errors/${id}/retry`, { mode: 'fresh' }).catch(expectResolved);
    await untilQuiet(hub, AT_ONCE);
  }

  async function repairOf({ kind, id }: { kind: string; id: string }): Promise<object> {
    if (kind !== 'unknown-stage-type') return REPAIRS[kind];
    const { applications, interviewStages } = await hub.vendor<{
      applications: { id: string; job: { id: string } }[];
      interviewStages: { id: string }[];
    }>('GET', '/truth');
    expect(applications.some((one) => one.id === id)).toBe(true);
    return { interviewStageId: interviewStages[0].id };
  }
});

/** A webhook may have been quicker than the person, and the item is resolved already. */
function expectResolved(error: { problem?: { code: string; detail: string } }): void {
  expect(error.problem).toMatchObject({ code: 'ILLEGAL_TRANSITION', detail: expect.stringMatching(/is resolved/) as string });
}

/** Every name, title, e-mail address, phone number and free text that the vendor holds, and its ids: none of it is Temporal's business. */
function personalTexts(value: unknown, texts = new Set<string>()): Set<string> {
  if (typeof value === 'string') {
    if (/[ @]|^\+?\d{7}|^[0-9a-f-]{36}$/.test(value)) texts.add(value);
  } else if (value !== null && typeof value === 'object') for (const part of Object.values(value)) personalTexts(part, texts);
  return texts;
}
