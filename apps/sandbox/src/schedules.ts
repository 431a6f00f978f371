import { createHash, randomUUID } from 'node:crypto';
import type { Application, InterviewEvent, InterviewSchedule, Interviewer, User } from './records.js';
import type { Store } from './store.js';

export interface EventInput {
  startTime: string;
  endTime: string;
  interviewers: { email: string; feedbackRequired?: boolean }[];
  extraData?: Record<string, unknown>;
  interviewId?: string;
  interviewEventId?: string;
}
type Id = () => string;
type StoredTime = (instant: string) => string;

/** The organization's default interview. */
const DEFAULT_INTERVIEW_ID = uuidOf('default interview');

export function newSchedule(
  store: Store,
  input: { application: Application; events: EventInput[]; storedTime: StoredTime; newId?: Id; at?: string },
): InterviewSchedule {
  const { application, events, storedTime, newId = randomUUID, at = new Date().toISOString() } = input;
  const id = newId();
  return {
    id,
    status: 'Scheduled',
    applicationId: application.id,
    interviewStageId: application.currentInterviewStage.id,
    createdAt: at,
    updatedAt: at,
    interviewEvents: events.map((event) => eventOf(store, { scheduleId: id, input: event, storedTime, newId, at })),
  };
}

/** An event as stored; an update keeps the id and the `extraData` keys that it does not name. */
export function eventOf(
  store: Store,
  context: { scheduleId: string; input: EventInput; old?: InterviewEvent; storedTime: StoredTime; newId?: Id; at?: string },
): InterviewEvent {
  const { scheduleId, input, old, storedTime, newId = randomUUID, at = new Date().toISOString() } = context;
  const id = old?.id ?? newId();
  const interviewers = input.interviewers.map((one) => interviewer(store, one));
  return {
    id,
    interviewId: input.interviewId ?? old?.interviewId ?? DEFAULT_INTERVIEW_ID,
    interviewScheduleId: scheduleId,
    interviewerUserIds: interviewers.map((one) => one.id),
    interviewers,
    createdAt: old?.createdAt ?? at,
    updatedAt: at,
    startTime: storedTime(new Date(input.startTime).toISOString()),
    endTime: storedTime(new Date(input.endTime).toISOString()),
    feedbackLink: `https://app.ashbyhq.com/interview-briefings/${id}/feedback`,
    location: old?.location ?? null,
    meetingLink: old?.meetingLink ?? null,
    hasSubmittedFeedback: false,
    extraData: { ...old?.extraData, ...input.extraData },
  };
}

function interviewer(store: Store, { email, feedbackRequired = false }: EventInput['interviewers'][number]): Interviewer {
  return { ...userWith(store, email), trainingRole: 'Shadow', interviewerPool: null, isFeedbackRequired: feedbackRequired };
}

/** Real organizations refuse addresses of strangers; here whoever is named becomes a user, so that a calendar's attendees can be tried. */
export function userWith(store: Store, email: string, name?: [string, string]): User {
  const known = store.extras.users.find((user) => user.email === email.toLowerCase());
  if (known) return known;
  const [firstName, lastName] = name ?? [email.split('@')[0] ?? email, 'User'];
  const id = uuidOf(`user ${email.toLowerCase()}`);
  const user: User = {
    id,
    firstName,
    lastName,
    email: email.toLowerCase(),
    globalRole: 'Limited Access',
    isEnabled: true,
    updatedAt: '2024-01-01T00:00:00.000Z',
  };
  store.extras.users.push(user);
  return user;
}

/** A version 4 shaped id that is the same for the same text. */
function uuidOf(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
