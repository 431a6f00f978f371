import { eitherOf, flag, instant, listOf, maybe, needed, object, oneOf, record, text, uuid, type Fields } from '../input.js';
import { listPage, pagingFields, syncFields } from '../paging.js';
import type { InterviewSchedule } from '../records.js';
import { Refusal } from '../refusal.js';
import { eventOf, newSchedule, type EventInput } from '../schedules.js';
import { now, type Body, type Call, type Endpoints } from './endpoint.js';

const eventFields: Fields = {
  startTime: needed(instant),
  endTime: needed(instant),
  interviewers: needed(listOf(object({ email: needed(text), feedbackRequired: maybe(flag) }))),
  extraData: maybe(record),
  interviewId: maybe(uuid),
};
const changedEvent = object({ ...eventFields, interviewEventId: maybe(uuid) });
const wroteSchedule = (answer: Body) => {
  const schedule = answer.results as InterviewSchedule;
  const writeId = schedule.interviewEvents[0]?.extraData.tributaryWriteId;
  return { id: schedule.id, ...(typeof writeId === 'string' && { writeId }) };
};

export const interviewEndpoints: Endpoints = {
  'interviewPlan.list': {
    permission: 'interviewsRead',
    fields: { ...pagingFields, syncToken: maybe(text), includeArchived: maybe(flag) },
    answer: ({ store, body }) =>
      listPage(store, body, {
        resource: 'interviewPlan',
        keep: (plan) => body.includeArchived === true || !plan.isArchived,
        view: (plan) => plan,
      }),
  },
  'interviewStage.list': {
    permission: 'interviewsRead',
    fields: { interviewPlanId: needed(uuid) },
    answer: ({ store, body }) => {
      if (!store.find('interviewPlan', body.interviewPlanId as string))
        throw new Refusal('interview_plan_not_found', 'Interview plan not found');
      const stages = store.all('interviewStage').filter(({ interviewPlanId }) => interviewPlanId === body.interviewPlanId);
      return { results: stages.sort((a, b) => a.orderInInterviewPlan - b.orderInInterviewPlan), moreDataAvailable: false };
    },
  },
  'interviewStage.info': {
    permission: 'interviewsRead',
    fields: { interviewStageId: needed(uuid) },
    answer: ({ store, body }) => {
      const stage = store.see('interviewStage', body.interviewStageId as string);
      if (!stage) throw new Refusal('interview_stage_not_found', 'Interview stage not found');
      return { results: stage };
    },
  },
  'interviewSchedule.list': {
    permission: 'interviewsRead',
    fields: { ...syncFields, applicationId: maybe(uuid), interviewStageId: maybe(uuid) },
    answer: ({ store, body }) =>
      listPage(store, body, {
        resource: 'interviewSchedule',
        keep: (schedule) =>
          (body.applicationId ?? schedule.applicationId) === schedule.applicationId &&
          (body.interviewStageId ?? schedule.interviewStageId) === schedule.interviewStageId,
        view: (schedule) => schedule,
      }),
  },
  'interviewEvent.list': {
    permission: 'interviewsRead',
    fields: { interviewScheduleId: needed(uuid), expand: maybe(listOf(oneOf('interview'))) },
    answer: ({ store, body }) => {
      const schedule = store.see('interviewSchedule', body.interviewScheduleId as string);
      if (!schedule) throw new Refusal('interview_schedule_not_found', 'Interview schedule not found');
      return { results: schedule.interviewEvents, moreDataAvailable: false };
    },
  },
  'interviewSchedule.create': {
    permission: 'interviewsWrite',
    fields: { applicationId: needed(uuid), interviewEvents: needed(listOf(object(eventFields))) },
    answer: createSchedule,
    wrote: wroteSchedule,
  },
  'interviewSchedule.update': {
    permission: 'interviewsWrite',
    fields: {
      interviewScheduleId: needed(uuid),
      interviewEvent: maybe(eitherOf(changedEvent, listOf(changedEvent))),
      interviewEventIdToCancel: maybe(eitherOf(uuid, listOf(uuid))),
      allowFeedbackDeletion: maybe(flag),
    },
    answer: updateSchedule,
    wrote: wroteSchedule,
  },
  'interviewSchedule.cancel': {
    permission: 'interviewsWrite',
    fields: { id: needed(uuid), allowReschedule: maybe(flag) },
    answer: cancelSchedule,
    wrote: wroteSchedule,
  },
};

function createSchedule({ store, body, key, announce, storedTime }: Call): Body {
  const application = store.find('application', body.applicationId as string);
  if (!application) throw new Refusal('application_not_found', 'Application not found');
  const events = body.interviewEvents as EventInput[];
  if (events.length === 0) throw new Refusal('invalid_input', 'interviewEvents must not be empty');
  const results = newSchedule(store, { application, events: events.map(checkedTimes), storedTime });
  store.add('interviewSchedule', results, key.name);
  announce('interviewScheduleCreate', { interviewSchedule: results });
  announce('interviewScheduleUpdate', { interviewSchedule: results });
  return { results };
}

function updateSchedule(call: Call): Body {
  const { body, store, storedTime } = call;
  const before = ownSchedule(call, body.interviewScheduleId as string);
  const changes = [body.interviewEvent ?? []].flat() as EventInput[];
  const cancelled = new Set([body.interviewEventIdToCancel ?? []].flat() as string[]);
  if ((body.interviewEvent === undefined) === (body.interviewEventIdToCancel === undefined)) {
    throw new Refusal('invalid_input', 'exactly one of interviewEvent and interviewEventIdToCancel is required');
  }
  let events = before.interviewEvents.filter(({ id }) => !cancelled.has(id));
  if (events.length !== before.interviewEvents.length - cancelled.size)
    throw new Refusal('interview_event_not_found', 'Interview event not found');
  for (const change of changes.map(checkedTimes)) {
    const old = events.find(({ id }) => id === change.interviewEventId);
    if (change.interviewEventId && !old) throw new Refusal('interview_event_not_found', 'Interview event not found');
    const event = eventOf(store, { scheduleId: before.id, input: change, old, storedTime });
    events = old ? events.map((one) => (one === old ? event : one)) : [...events, event];
  }
  return saved(call, { ...before, interviewEvents: events, status: events.length === 0 ? 'NeedsScheduling' : before.status });
}

function cancelSchedule(call: Call): Body {
  const before = ownSchedule(call, call.body.id as string);
  return saved(call, { ...before, status: call.body.allowReschedule === true ? 'NeedsScheduling' : 'Cancelled' });
}

function ownSchedule({ store, key }: Call, id: string): InterviewSchedule {
  const row = store.rows('interviewSchedule').get(id);
  if (!row) throw new Refusal('interview_schedule_not_found', 'Interview schedule not found');
  if (row.createdBy !== key.name) {
    throw new Refusal('insufficient_permissions', 'Only the API key which created an interview schedule may change it');
  }
  return row.value;
}

function saved({ store, announce }: Call, schedule: InterviewSchedule): Body {
  const results = store.change('interviewSchedule', schedule.id, { ...schedule, updatedAt: now() }).value;
  announce('interviewScheduleUpdate', { interviewSchedule: results });
  return { results };
}

function checkedTimes(event: EventInput): EventInput {
  if (Date.parse(event.endTime) <= Date.parse(event.startTime)) throw new Refusal('invalid_input', 'endTime must be after startTime');
  return event;
}
