import { ConnectorFailure, type Fetched, type HttpClient, type Receipt, type UpdateContext, type WriteContext } from '#hub/connector-sdk';
import { asObject, isObject, parseOne, parseSchedule, toRaw, type ScheduleEvent } from './payloads.js';
import type { AshbySettings } from './settings.js';
import { findInList } from './walk.js';

const LIST = 'interviewSchedule.list';

/** There is no `info` for schedules: the application's are listed, or all of them where the application is not known. */
export async function fetchSchedule(http: HttpClient, externalId: string, applicationId?: string): Promise<Fetched> {
  const wanted = { list: LIST, query: { applicationId } };
  const record = await findInList(http, wanted, (schedule) => (schedule.id === externalId ? schedule : undefined));
  return record ? { state: 'found', record: toRaw(record) } : { state: 'gone' };
}

/** Every event carries the write id, whatever the mapping says: without it a create whose answer was lost could not be found again. */
export async function createSchedule({ http, body, parents, writeId, settings }: WriteContext<AshbySettings>): Promise<Receipt> {
  const events = eventsOf(body).map((event) => writableEvent(event, settings.interviewers));
  const interviewEvents = events.map((event) => ({ ...event, extraData: { ...event.extraData, tributaryWriteId: writeId } }));
  return receipt(await http.post('interviewSchedule.create', { body: { applicationId: applicationOf(body, parents), interviewEvents } }));
}

/** Ashby's API sets no status: a cancellation is a call of its own, everything else is a change of the first event. */
export async function updateSchedule(context: UpdateContext<AshbySettings>): Promise<Receipt> {
  const { http, body, current, externalId, settings } = context;
  const { status, events } = parseSchedule(current);
  if (body.status === 'Cancelled') return status === 'Cancelled' ? { externalId } : cancelSchedule(http, externalId);
  refuseStatus(context, status);
  const [now] = events;
  const [wanted = {}] = eventsOf(body);
  const interviewEvent = { ...(now && { interviewEventId: now.id }), ...changedEvent(now, writableEvent(wanted, settings.interviewers)) };
  return receipt(await http.post('interviewSchedule.update', { body: { interviewScheduleId: externalId, interviewEvent } }));
}

/** `Scheduled` follows from an event that lies ahead; any other status is Ashby's own to give. */
function refuseStatus({ body, changed }: UpdateContext<AshbySettings>, now: string | undefined): void {
  const refused = (detail: string) => new ConnectorFailure({ code: 'INVALID_VALUE', field: 'status', detail });
  if (now === 'Cancelled') throw refused('Ashby cannot bring a cancelled interview schedule back');
  const asked = changed.includes('status') && body.status !== now && body.status !== 'Scheduled';
  if (asked) throw refused('Ashby takes no status but a cancellation: set it in Ashby itself');
}

export async function cancelSchedule(http: HttpClient, id: string): Promise<Receipt> {
  return receipt(await http.post('interviewSchedule.cancel', { body: { id } }));
}

/** Where a create with an unknown outcome went: the write id stands in the extra data of its event. */
export function findByWriteId({ http, body, parents, writeId }: WriteContext<AshbySettings>): Promise<Receipt | undefined> {
  const hasWriteId = (event: ScheduleEvent) => event.extraData.tributaryWriteId === writeId;
  const query = { applicationId: applicationOf(body, parents) };
  return findInList(http, { list: LIST, query }, (record) =>
    parseSchedule(record).events.some(hasWriteId) ? { externalId: record.id } : undefined,
  );
}

/** The hub's times, and otherwise what stands in Ashby: interviewers are its own, and are required in every call. */
function changedEvent(now: ScheduleEvent | undefined, wanted: WritableEvent): WritableEvent {
  if (!now) return wanted;
  return {
    startTime: wanted.startTime ?? now.startTime,
    endTime: wanted.endTime ?? now.endTime,
    interviewers: now.interviewers.length > 0 ? now.interviewers : wanted.interviewers,
    extraData: { ...now.extraData, ...wanted.extraData },
    ...(now.interviewId && { interviewId: now.interviewId }),
  };
}

interface WritableEvent {
  startTime?: unknown;
  endTime?: unknown;
  interviewers: unknown[];
  extraData?: Record<string, unknown>;
  interviewId?: string;
}

function writableEvent({ startTime, endTime, interviewers, extraData }: Record<string, unknown>, fallback: string[] = []): WritableEvent {
  const named = Array.isArray(interviewers) ? interviewers.filter((one) => isObject(one) && typeof one.email === 'string') : [];
  const people = named.length > 0 ? named.map(({ email }: { email: string }) => email) : fallback;
  const pairs = Object.entries(isObject(extraData) ? extraData : {}).filter(([, value]) => typeof value === 'string');
  return { startTime, endTime, interviewers: people.map((email) => ({ email })), extraData: Object.fromEntries(pairs) };
}

function eventsOf({ interviewEvents }: Record<string, unknown>): Record<string, unknown>[] {
  return Array.isArray(interviewEvents) ? interviewEvents.map(asObject) : [];
}

function applicationOf(body: Record<string, unknown>, { application }: Record<string, string>): string {
  const id = body.applicationId ?? application;
  if (typeof id === 'string') return id;
  throw new ConnectorFailure({
    code: 'DEPENDENCY_MISSING',
    field: 'applicationId',
    detail: 'the application of this interview is not known in Ashby',
  });
}

function receipt(answer: unknown): Receipt {
  const record = parseOne(answer);
  return { externalId: record.id, payload: toRaw(record).payload };
}
