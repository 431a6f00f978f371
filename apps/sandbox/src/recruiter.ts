import { movedTo } from './endpoints/applications.js';
import { primaries, withPrimary } from './endpoints/candidates.js';
import type { Application, Candidate, Contact, InterviewSchedule, Resource, Tables } from './records.js';
import { Refusal } from './refusal.js';
import type { Store } from './store.js';
import type { Vendor } from './vendor.js';
import { viewApplication } from './views.js';

type Patch = Record<string, unknown>;
const now = () => new Date().toISOString();

/** What a recruiter does in the vendor's own pages: no key, no ownership, no field out of reach. Returns the record as the API would show it. */
export function editRecord(vendor: Vendor, { resource, id, patch }: { resource: Resource; id: string; patch: Patch }): unknown {
  const { store, hooks } = vendor;
  const before = existing(store, resource, id);
  const next = { ...patched(store, resource, { before, patch }), updatedAt: now() };
  store.change(resource, id, next as never);
  const view = resource === 'application' ? viewApplication(store, next as Application) : next;
  if (resource === 'application' && stageOf(before) !== stageOf(next)) hooks.send('candidateStageChange', { application: view });
  if (resource === 'application') hooks.send('applicationUpdate', { application: view });
  if (resource === 'interviewSchedule') hooks.send('interviewScheduleUpdate', { interviewSchedule: view });
  if (resource === 'job') hooks.send('jobUpdate', { job: view });
  return view;
}

const stageOf = (record: object) => (record as Application).currentInterviewStage.id;

function existing<R extends Resource>(store: Store, resource: R, id: string): Tables[R] {
  const record = store.find(resource, id);
  if (!record) throw new Refusal('record_not_found', `there is no ${resource} with this id`, 404);
  return record;
}

function patched(store: Store, resource: Resource, { before, patch }: { before: object; patch: Patch }): object {
  if (resource === 'candidate') return patchedCandidate(before as Candidate, patch);
  if (resource === 'application') return patchedApplication(store, before as Application, patch);
  if (resource === 'interviewSchedule') return patchedSchedule(before as InterviewSchedule, patch);
  return merge(before, patch);
}

/** `email`, `phone` and the two primary fields replace the primary entries of the lists; a new list replaces the primary fields. */
function patchedCandidate(before: Candidate, { email, phone, ...patch }: Patch): Candidate {
  const next = merge(before, patch) as Candidate;
  const value = (contact: unknown) => (contact as Partial<Contact> | null | undefined)?.value;
  const lists = {
    emailAddresses: withPrimary(next.emailAddresses, (email as string | undefined) ?? value(patch.primaryEmailAddress)),
    phoneNumbers: withPrimary(next.phoneNumbers, (phone as string | undefined) ?? value(patch.primaryPhoneNumber)),
  };
  return { ...next, ...lists, ...primaries(lists) };
}

/** `interviewStageId` (or the id of another stage in `currentInterviewStage`) moves it, with its history. */
function patchedApplication(store: Store, before: Application, { interviewStageId, ...patch }: Patch): Application {
  const stageId = interviewStageId ?? (patch.currentInterviewStage as { id?: unknown } | undefined)?.id;
  const stage =
    typeof stageId === 'string' && stageId !== before.currentInterviewStage.id ? existing(store, 'interviewStage', stageId) : undefined;
  return merge(stage ? movedTo(store, before, stage) : before, patch) as Application;
}

/** Times, place and link speak of the first event. */
function patchedSchedule(before: InterviewSchedule, patch: Patch): InterviewSchedule {
  const { startTime, endTime, location, meetingLink, ...own } = patch;
  const ofEvent = Object.fromEntries(
    Object.entries({ startTime, endTime, location, meetingLink }).filter(([, value]) => value !== undefined),
  );
  const [first, ...others] = before.interviewEvents;
  const events =
    first && Object.keys(ofEvent).length > 0 ? [{ ...first, ...ofEvent, updatedAt: now() }, ...others] : before.interviewEvents;
  return merge({ ...before, interviewEvents: events }, own) as InterviewSchedule;
}

export function deleteRecord({ store, hooks }: Vendor, { resource, id }: { resource: Resource; id: string }): { deleted: true } {
  existing(store, resource, id);
  store.remove(resource, id);
  if (resource === 'candidate') hooks.send('candidateDelete', { candidate: { id } });
  return { deleted: true };
}

/** Two records of one person become one: the old id is gone, its applications and addresses move. */
export function mergeCandidates({ store, hooks }: Vendor, from: string, into: string): { merged: true } {
  if (from === into) throw new Refusal('same_record', 'a candidate cannot be merged into itself', 400);
  const old = existing(store, 'candidate', from);
  const survivor = existing(store, 'candidate', into);
  for (const application of store.all('application').filter(({ candidateId }) => candidateId === from)) {
    store.change('application', application.id, { ...application, candidateId: into, updatedAt: now() });
  }
  store.change('candidate', into, {
    ...survivor,
    updatedAt: now(),
    emailAddresses: joined(survivor.emailAddresses, old.emailAddresses),
    phoneNumbers: joined(survivor.phoneNumbers, old.phoneNumbers),
    applicationIds: [...survivor.applicationIds, ...old.applicationIds],
  });
  store.extras.merged.push({ from, into });
  store.remove('candidate', from);
  hooks.send('candidateMerge', { deletedCandidate: { id: from }, mergedCandidate: { id: into } });
  return { merged: true };
}

function joined(kept: Contact[], added: Contact[]): Contact[] {
  const known = new Set(kept.map(({ value }) => value.toLowerCase()));
  return [...kept, ...added.filter(({ value }) => !known.has(value.toLowerCase())).map((contact) => ({ ...contact, isPrimary: false }))];
}

/** Objects merge deeply, everything else is replaced, `null` clears. */
function merge(before: object, patch: Patch): object {
  const next: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete next[name];
    else next[name] = isObject(value) && isObject(next[name]) ? merge(next[name], value) : value;
  }
  return next;
}

const isObject = (value: unknown): value is Patch => typeof value === 'object' && value !== null && !Array.isArray(value);
