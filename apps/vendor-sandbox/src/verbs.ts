import { randomUUID } from 'node:crypto';
import type { FaultPanel } from './faults.js';
import { candidateOf, interviewerOf, uuidOf, type Interviewer } from './seed.js';
import type { ApiKey, Resource, SandboxState, Stored } from './state.js';

/** An answer that says no, as the vendor says it: HTTP 200 with success false, or a status of its own. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 200,
  ) {
    super(message);
  }
}

export interface Call { state: SandboxState; faults: FaultPanel; key: ApiKey; endpoint: string; body: Record<string, unknown> }
/** `effect`: the record that was written, told to webhooks and to the log. */
export interface Answer { results: unknown; more?: Record<string, unknown>; effect?: { action: string; id: string; resource: Resource; writeId?: string | null } }
type Verb = { permission: string; parameters: Record<string, 'string' | 'number' | 'boolean' | 'array' | 'object' | 'any'>; required?: string[]; answer: (call: Call) => Answer };

const PAGING = { limit: 'number', cursor: 'string', syncToken: 'string', createdAfter: 'number' } as const;

/** What the simulated vendor answers. Parameters are as its description says; anything else is refused. */
export const VERBS: Record<string, Verb> = {
  'apiKey.info': { permission: 'apiKeysRead', parameters: {}, answer: ({ key }) => ({ results: { title: key.name, createdAt: '2026-01-05T09:00:00.000Z' } }) },
  'candidate.list': { permission: 'candidatesRead', parameters: { ...PAGING }, answer: (call) => listOf(call, 'candidate') },
  'candidate.info': { permission: 'candidatesRead', parameters: { id: 'string', externalMappingId: 'string' }, answer: (call) => ({ results: visible(call, 'candidate', String(call.body.id)).data }) },
  'candidate.search': { permission: 'candidatesRead', parameters: { email: 'string', name: 'string' }, answer: searchCandidates },
  'candidate.create': {
    permission: 'candidatesWrite', parameters: { name: 'string', email: 'string', phoneNumber: 'string' }, required: ['name'],
    answer: (call) => written(call, 'candidate', candidateOf({ id: randomUUID(), name: String(call.body.name), email: String(call.body.email ?? ''), phone: call.body.phoneNumber as string | undefined, created: new Date().toISOString() }), 'candidateCreate'),
  },
  'candidate.update': {
    permission: 'candidatesWrite', parameters: { candidateId: 'string', name: 'string', email: 'string', phoneNumber: 'string' }, required: ['candidateId'],
    answer: (call) => {
      const { candidateId, name } = call.body;
      const before = visible(call, 'candidate', String(candidateId)).data;
      return written(call, 'candidate', { ...before, ...(name ? { name } : {}) }, 'candidateUpdate');
    },
  },
  'job.list': { permission: 'jobsRead', parameters: { ...PAGING, status: 'array', openedAfter: 'number', openedBefore: 'number', closedAfter: 'number', closedBefore: 'number', includeUnpublishedJobPostingsIds: 'boolean', expand: 'array' }, answer: (call) => listOf(call, 'job') },
  'job.info': { permission: 'jobsRead', parameters: { id: 'string', includeUnpublishedJobPostingsIds: 'boolean', expand: 'array' }, required: ['id'], answer: (call) => ({ results: visible(call, 'job', String(call.body.id)).data }) },
  'application.list': { permission: 'candidatesRead', parameters: { ...PAGING, status: 'string', jobId: 'string', expand: 'array' }, answer: (call) => listOf(call, 'application') },
  'application.info': { permission: 'candidatesRead', parameters: { applicationId: 'string', submittedFormInstanceId: 'string', expand: 'array' }, answer: (call) => ({ results: { applicationHistory: [], ...visible(call, 'application', String(call.body.applicationId)).data } }) },
  'application.changeStage': { permission: 'candidatesWrite', parameters: { applicationId: 'string', interviewStageId: 'string', archiveReasonId: 'string', archiveEmail: 'object' }, required: ['applicationId', 'interviewStageId'], answer: changeStage },
  'interviewPlan.list': { permission: 'interviewsRead', parameters: { includeArchived: 'boolean' }, answer: (call) => ({ results: call.state.all('interviewPlan').map((stored) => stored.data), more: { moreDataAvailable: false } }) },
  'interviewStage.list': {
    permission: 'interviewsRead', parameters: { interviewPlanId: 'string' }, required: ['interviewPlanId'],
    answer: ({ state, body }) => ({ results: state.all('interviewStage').map((stored) => stored.data).filter((stage) => stage.interviewPlanId === body.interviewPlanId), more: { moreDataAvailable: false } }),
  },
  'interviewStage.info': { permission: 'interviewsRead', parameters: { interviewStageId: 'string' }, required: ['interviewStageId'], answer: (call) => ({ results: visible(call, 'interviewStage', String(call.body.interviewStageId)).data }) },
  'interviewSchedule.list': { permission: 'interviewsRead', parameters: { ...PAGING, applicationId: 'string', interviewStageId: 'string' }, answer: (call) => listOf(call, 'interviewSchedule', ['applicationId', 'interviewStageId']) },
  'interviewSchedule.create': { permission: 'interviewsWrite', parameters: { applicationId: 'string', interviewEvents: 'array' }, required: ['applicationId', 'interviewEvents'], answer: createSchedule },
  'interviewSchedule.update': { permission: 'interviewsWrite', parameters: { interviewScheduleId: 'string', interviewEvent: 'any', interviewEventIdToCancel: 'any', allowFeedbackDeletion: 'boolean' }, required: ['interviewScheduleId'], answer: updateSchedule },
  'interviewSchedule.cancel': {
    permission: 'interviewsWrite', parameters: { id: 'string', allowReschedule: 'boolean' }, required: ['id'],
    answer: (call) => written(call, 'interviewSchedule', { ...ownSchedule(call, String(call.body.id)).data, status: 'Cancelled' }, 'interviewScheduleUpdate'),
  },
};

/** @throws Refusal when a parameter is unknown, missing or of another type. */
export function checkParameters(verb: Verb, body: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(body)) {
    const type = verb.parameters[name];
    if (type === undefined) throw new Refusal('invalid_input', `Unrecognized parameter: ${name}`);
    if (value === null || value === undefined || type === 'any') continue;
    const actual = Array.isArray(value) ? 'array' : typeof value;
    if (actual !== type) throw new Refusal('invalid_input', `${name} must be of type ${type}`);
  }
  for (const name of verb.required ?? []) if (body[name] === undefined) throw new Refusal('invalid_input', `${name} is required`);
}

/** A record that may be shown: there, not lagging behind its write, not withheld from this key. */
function visible(call: Call, resource: Resource, id: string): Stored {
  const stored = call.state.get(resource, id);
  if (call.faults.standing('permission-lost', id)?.id === id) throw new Refusal('missing_permission', `The API key may not access this ${resource}`, 403);
  if (!stored || lagging(call, stored)) throw new Refusal(`${resource}_not_found`, `${resource} not found`);
  return stored;
}

function lagging(call: Call, stored: Stored): boolean {
  const lag = call.faults.standing('lag');
  return lag !== undefined && Date.now() - stored.writtenAt < (lag.ms ?? 0);
}

interface Walk { generation: number; from: number; to: number; after: number; filters: string }

function listOf(call: Call, resource: Resource, filters: string[] = []): Answer {
  const { body, state } = call;
  const limit = Math.min(100, Math.max(1, Number(body.limit ?? 100)));
  if (call.faults.take('too-large', call.endpoint)) throw new Refusal('incremental_sync_too_large', 'Too many records changed; start a full sync');
  const walk = walkOf(call, body);
  const found = state.all(resource)
    .filter((stored) => stored.revision > walk.after && stored.revision <= walk.to && stored.revision > walk.from && !lagging(call, stored))
    .filter((stored) => filters.every((name) => body[name] === undefined || stored.data[name] === body[name]))
    .filter((stored) => body.createdAfter === undefined || Date.parse(String(stored.data.createdAt)) > Number(body.createdAfter))
    .sort((a, b) => a.revision - b.revision);
  const page = found.slice(0, limit);
  const more = found.length > page.length;
  const shown = page.map((stored) => stored.data);
  if (shown.length > 1 && call.faults.take('duplicate-record', call.endpoint)) shown.push(shown[0]);
  const last = page.at(-1)?.revision ?? walk.after;
  const next = more ? { nextCursor: encode({ ...walk, after: last }) } : { syncToken: encode({ ...walk, from: walk.to, after: 0 }) };
  return { results: shown, more: { ...next, moreDataAvailable: more } };
}

function walkOf(call: Call, body: Record<string, unknown>): Walk {
  const { state } = call;
  if (body.cursor !== undefined) {
    if (call.faults.take('token-expired', call.endpoint)) throw new Refusal('sync_token_expired', 'The token expired; start a full sync');
    return known(state, String(body.cursor), 'invalid_cursor');
  }
  if (body.syncToken === undefined) return { generation: state.data.generation, from: 0, to: state.data.revision, after: 0, filters: '' };
  if (call.faults.take('token-expired', call.endpoint)) throw new Refusal('sync_token_expired', 'The token expired; start a full sync');
  const before = known(state, String(body.syncToken), 'sync_token_expired');
  // A record that a read-after-write lag hides now must not fall between two syncs.
  const hidden = call.faults.standing('lag') ? Math.min(...(['candidate', 'job', 'application', 'interviewSchedule'] as const).flatMap((resource) => state.all(resource).filter((one) => lagging(call, one)).map((one) => one.revision - 1)), state.data.revision) : state.data.revision;
  return { ...before, to: Math.max(before.from, hidden) };
}

function known(state: SandboxState, token: string, code: string): Walk {
  try {
    const walk = JSON.parse(Buffer.from(token, 'base64url').toString()) as Walk;
    if (walk.generation === state.data.generation) return walk;
  } catch {
    throw new Refusal(code, 'The token is not known');
  }
  throw new Refusal(code, 'The token is not known any more');
}

function encode(walk: Walk): string {
  return Buffer.from(JSON.stringify(walk)).toString('base64url');
}

function searchCandidates(call: Call): Answer {
  const { email, name } = call.body;
  if (email === undefined && name === undefined) throw new Refusal('invalid_input', 'email or name is required');
  const matches = call.state.all('candidate').filter((stored) => !lagging(call, stored)).map((stored) => stored.data).filter((candidate) => {
    const address = (candidate.primaryEmailAddress as { value?: string } | undefined)?.value;
    return (email === undefined || address === email) && (name === undefined || String(candidate.name).toLowerCase().includes(String(name).toLowerCase()));
  });
  return { results: matches.slice(0, 100) };
}

function written(call: Call, resource: Resource, data: Record<string, unknown>, action: string, writeId: string | null = null): Answer {
  const stored = call.state.put(resource, data, call.key.key);
  return { results: stored.data, effect: { action, id: stored.id, resource, writeId } };
}

function changeStage(call: Call): Answer {
  const application = visible(call, 'application', String(call.body.applicationId)).data;
  const { title, type, orderInInterviewPlan, interviewPlanId, id } = visible(call, 'interviewStage', String(call.body.interviewStageId)).data;
  if (type === 'Archived' && call.body.archiveReasonId === undefined) throw new Refusal('archive_reason_required', 'An archived stage needs an archive reason');
  return written(call, 'application', { ...application, currentInterviewStage: { id, title, type, orderInInterviewPlan, interviewStageGroupId: null, interviewPlanId } }, 'candidateStageChange');
}

interface EventInput { interviewEventId?: string; startTime?: string; endTime?: string; interviewers?: { email?: string }[]; extraData?: Record<string, unknown>; interviewId?: string }

function createSchedule(call: Call): Answer {
  const applicationId = String(call.body.applicationId);
  const application = visible(call, 'application', applicationId).data;
  const events = call.body.interviewEvents as EventInput[];
  if (events.length === 0) throw new Refusal('invalid_input', 'interviewEvents must not be empty');
  const id = randomUUID();
  const now = new Date().toISOString();
  const stage = application.currentInterviewStage as { id: string };
  const schedule = { id, status: 'Scheduled', applicationId, interviewStageId: stage.id, scheduledBy: null, createdAt: now, updatedAt: now, interviewEvents: events.map((event) => eventOf(call, event, { schedule: id, now })) };
  return written(call, 'interviewSchedule', schedule, 'interviewScheduleCreate', writeIdOf(events));
}

function writeIdOf(events: EventInput[]): string | null {
  const id = events[0]?.extraData?.tributaryWriteId;
  return typeof id === 'string' ? id : null;
}

function eventOf(call: Call, input: EventInput, at: { schedule: string; now: string; before?: Record<string, unknown> }): Record<string, unknown> {
  const start = instantOf(call, input.startTime, 'startTime');
  const end = instantOf(call, input.endTime, 'endTime');
  if (!Array.isArray(input.interviewers)) throw new Refusal('invalid_input', 'interviewers is required');
  if (Date.parse(end) <= Date.parse(start)) throw new Refusal('invalid_input', 'endTime must be after startTime');
  const interviewers = input.interviewers.map((one): Interviewer => {
    if (typeof one.email !== 'string') throw new Refusal('invalid_input', 'interviewers.email is required');
    const id = uuidOf(`user:${one.email}`);
    return { ...interviewerOf(id, 0), email: one.email };
  });
  return {
    interviewId: uuidOf('interview'), feedbackLink: 'https://app.ashbyhq.com/feedback', location: null, meetingLink: null, hasSubmittedFeedback: false, createdAt: at.now, id: randomUUID(), extraData: {}, ...at.before,
    interviewScheduleId: at.schedule, updatedAt: at.now, startTime: start, endTime: end, interviewers, interviewerUserIds: interviewers.map((one) => one.id), ...(input.extraData ? { extraData: input.extraData } : {}),
  };
}

function instantOf(call: Call, text: string | undefined, name: string): string {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(text) || Number.isNaN(Date.parse(text))) throw new Refusal('invalid_input', `${name} must be an ISO 8601 date time`);
  const time = Date.parse(text);
  return new Date(call.faults.standing('reformat') ? Math.floor(time / 60_000) * 60_000 : time).toISOString();
}

/** Only the key that made a schedule may change it. */
function ownSchedule(call: Call, id: string): Stored {
  const stored = visible(call, 'interviewSchedule', id);
  if (stored.createdWithKey !== call.key.key) throw new Refusal('insufficient_permissions', 'Only interview schedules created using the API key making the request can be updated');
  return stored;
}

function updateSchedule(call: Call): Answer {
  const stored = ownSchedule(call, String(call.body.interviewScheduleId));
  const now = new Date().toISOString();
  const events = stored.data.interviewEvents as Record<string, unknown>[];
  const cancelled = [call.body.interviewEventIdToCancel ?? []].flat() as string[];
  const changes = [call.body.interviewEvent ?? []].flat() as EventInput[];
  if (cancelled.length === 0 && changes.length === 0) throw new Refusal('invalid_input', 'interviewEvent or interviewEventIdToCancel is required');
  let next = events.filter((event) => !cancelled.includes(String(event.id)));
  for (const change of changes) {
    const before = next.find((event) => event.id === change.interviewEventId);
    if (change.interviewEventId !== undefined && !before) throw new Refusal('interview_event_not_found', 'The interview event is not on this schedule');
    const event = eventOf(call, change, { schedule: stored.id, now, before });
    next = before ? next.map((one) => (one === before ? event : one)) : [...next, event];
  }
  return written(call, 'interviewSchedule', { ...stored.data, interviewEvents: next, ...(next.length === 0 ? { status: 'Cancelled' } : {}) }, 'interviewScheduleUpdate', writeIdOf(changes));
}
