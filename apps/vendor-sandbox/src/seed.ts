import { createHash } from 'node:crypto';
import type { Resource, SandboxState } from './state.js';

export interface SeedOptions {
  seed?: number; candidates?: number; jobs?: number; applicationsPerCandidate?: number; interviewShare?: number; createdWithHubKey?: number; hubKey?: string; badRecords?: number; startAt?: string;
}
export interface PlantedRecord { resource: Resource; id: string; kind: string }

const FIRST = ['Ada', 'Björn', 'Chloé', 'Dmitri', 'Élodie', 'Fatima', 'Grzegorz', 'Hana', 'İpek', 'José', 'Kwame', 'Lúcia', '美咲', 'Nikos', 'Oluwaseun', 'Priya', 'Quentin', 'Rania', 'Søren', 'Tomáš', 'Ursula', 'Violeta', 'Wei', 'Xóchitl', 'Yusuf', 'Zoë', 'Алексей', 'سارة'];
const LAST = ['Andersen', 'Bałuka', 'Çelik', 'de la Cruz', 'Eriksson', 'Fernández', 'García', 'Hoffmann', 'Ivanova', 'Jovanović', 'Kowalski', 'López', 'Müller', 'Nguyễn', "O'Brien", 'Papadopoulos', 'Quispe', 'Rossi', 'Šimić', 'Tanaka', 'van den Berg', 'Wójcik', 'Yılmaz', '王', 'Петрова'];
const TITLES = ['Backend Engineer', 'Data Analyst', 'Product Designer', 'Account Executive', 'Site Reliability Engineer', 'Recruiter', 'Controller', 'Support Lead'];
const STAGES = [['Application Review', 'PreInterviewScreen'], ['Phone Screen', 'Active'], ['On-site', 'Active'], ['Offer', 'Offer'], ['Hired', 'Hired'], ['Archived', 'Archived']];
const BAD = ['empty-name', 'malformed-email', 'unknown-stage-type', 'on-hold', 'invalid-start'] as const;
const DAY = 86_400_000;

/** Fills the vendor the same way for the same options: people of many scripts, jobs, applications, future interviews, and records that no mapping should take. */
export function seed(state: SandboxState, options: SeedOptions): { candidates: number; applications: number; interviews: number; bad: PlantedRecord[] } {
  const number = options.seed ?? 1;
  const id = (kind: string, at: number | string): string => uuidOf(`${number}:${kind}:${at}`);
  const random = (kind: string, at: number): number => Number.parseInt(createHash('sha256').update(`${number}:${kind}:${at}`).digest('hex').slice(0, 8), 16) / 0xffffffff;
  const plan = id('plan', 0);
  const created = '2026-01-05T09:00:00.000Z';
  state.put('interviewPlan', { id: plan, title: 'Standard', isArchived: false });
  STAGES.forEach(([title, type], at) => state.put('interviewStage', { id: id('stage', at), title, type, orderInInterviewPlan: at, interviewStageGroupId: null, interviewPlanId: plan }));
  const jobs = options.jobs ?? 3;
  for (let at = 0; at < jobs; at += 1) state.put('job', jobOf({ id: id('job', at), plan, title: TITLES[at % TITLES.length], created, code: `REQ-${100 + at}` }));
  const total = options.candidates ?? 200;
  const startAt = Date.parse(options.startAt ?? new Date(Math.ceil(Date.now() / DAY) * DAY).toISOString());
  const counts = { candidates: 0, applications: 0, interviews: 0, bad: [] as PlantedRecord[] };
  for (let at = 0; at < total; at += 1) {
    const first = FIRST[Math.floor(random('first', at) * FIRST.length)];
    const last = LAST[Math.floor(random('last', at) * LAST.length)];
    const candidate = candidateOf({ id: id('candidate', at), name: `${first} ${last}`, email: `candidate${at}.${number}@people.example.org`, phone: random('phone', at) < 0.8 ? `+4930${1_000_000 + at}` : `030 ${100_000 + at}`, created });
    state.put('candidate', candidate);
    counts.candidates += 1;
    for (let nth = 0; nth < (options.applicationsPerCandidate ?? 1); nth += 1) {
      const stage = Math.floor(random('stage', at * 10 + nth) * 4);
      const jobAt = (at + nth) % jobs;
      const application = applicationOf({ id: id('application', `${at}.${nth}`), candidate, job: { id: id('job', jobAt), title: TITLES[jobAt % TITLES.length] }, stage: { id: id('stage', stage), at: stage, plan }, created });
      state.put('application', application);
      counts.applications += 1;
      if (nth > 0 || random('interview', at) >= (options.interviewShare ?? 0.5)) continue;
      const starts = startAt + DAY * (1 + Math.floor(random('day', at) * 60)) + 3_600_000 * (8 + Math.floor(random('hour', at) * 9));
      const key = options.hubKey && random('key', at) < (options.createdWithHubKey ?? 0.5) ? options.hubKey : 'another-key';
      state.put('interviewSchedule', scheduleOf({ id: id('schedule', at), event: id('event', at), application: String(application.id), stage: id('stage', stage), starts, created, interviewer: interviewerOf(id('user', at % 7), at % 7) }), key);
      counts.interviews += 1;
    }
  }
  for (let at = 0; at < (options.badRecords ?? 0); at += 1) counts.bad.push(plantBad(state, { kind: BAD[at % BAD.length], at, id, plan, created, startAt, key: options.hubKey }));
  return counts;
}

interface Planting { kind: (typeof BAD)[number]; at: number; id: (kind: string, at: number | string) => string; plan: string; created: string; startAt: number; key?: string }

function plantBad(state: SandboxState, planting: Planting): PlantedRecord {
  const { kind, at, id, plan, created, startAt, key } = planting;
  const candidate = candidateOf({ id: id('bad-candidate', at), name: kind === 'empty-name' ? '' : `Planted ${at}`, email: kind === 'malformed-email' ? `planted${at} at nowhere` : `planted${at}@people.example.org`, created });
  state.put('candidate', candidate);
  if (kind === 'empty-name' || kind === 'malformed-email') return { resource: 'candidate', id: String(candidate.id), kind };
  const application = applicationOf({ id: id('bad-application', at), candidate, job: { id: id('job', 0), title: TITLES[0] }, stage: { id: id('stage', 1), at: 1, plan }, created });
  if (kind === 'unknown-stage-type') (application.currentInterviewStage as Record<string, unknown>).type = 'Limbo';
  state.put('application', application);
  if (kind === 'unknown-stage-type') return { resource: 'application', id: String(application.id), kind };
  const schedule = scheduleOf({ id: id('bad-schedule', at), event: id('bad-event', at), application: String(application.id), stage: id('stage', 1), starts: startAt + DAY * (2 + (at % 20)) + 3_600_000 * 10, created, interviewer: interviewerOf(id('user', 0), 0) });
  if (kind === 'on-hold') schedule.status = 'OnHold';
  else (schedule.interviewEvents as Record<string, unknown>[])[0].startTime = '2027-02-31T25:00:00';
  state.put('interviewSchedule', schedule, key);
  return { resource: 'interviewSchedule', id: String(schedule.id), kind };
}

function jobOf(input: { id: string; plan: string; title: string; created: string; code: string }): Record<string, unknown> {
  return {
    id: input.id, title: input.title, confidential: false, status: 'Open', employmentType: 'FullTime', locationId: null, departmentId: null, defaultInterviewPlanId: input.plan, interviewPlanIds: [input.plan], customFields: [],
    jobPostingIds: [], customRequisitionId: input.code, brandId: null, hiringTeam: [], author: null, location: null, openings: [], createdAt: input.created, updatedAt: input.created, openedAt: input.created, closedAt: null,
  };
}

export function candidateOf(input: { id: string; name: string; email: string; phone?: string; created: string }): Record<string, unknown> {
  const email = { value: input.email, type: 'Personal', isPrimary: true };
  const phone = input.phone === undefined ? undefined : { value: input.phone, type: 'Personal', isPrimary: true };
  return {
    id: input.id, createdAt: input.created, updatedAt: input.created, name: input.name, primaryEmailAddress: email, emailAddresses: [email], ...(phone ? { primaryPhoneNumber: phone } : {}), phoneNumbers: phone ? [phone] : [], socialLinks: [], tags: [],
    position: null, company: null, school: null, applicationIds: [], resumeFileHandle: null, fileHandles: [], customFields: [], profileUrl: `https://app.ashbyhq.com/candidates/${input.id}`, source: null, creditedToUser: null, timezone: 'Europe/Berlin',
  };
}

export function applicationOf(input: { id: string; candidate: Record<string, unknown>; job: { id: string; title: string }; stage: { id: string; at: number; plan: string }; created: string }): Record<string, unknown> {
  const { candidate, stage } = input;
  const [title, type] = STAGES[stage.at];
  return {
    id: input.id, createdAt: input.created, updatedAt: input.created, status: 'Active', customFields: [],
    candidate: { id: candidate.id, name: candidate.name, primaryEmailAddress: candidate.primaryEmailAddress, ...(candidate.primaryPhoneNumber ? { primaryPhoneNumber: candidate.primaryPhoneNumber } : {}) },
    currentInterviewStage: { id: stage.id, title, type, orderInInterviewPlan: stage.at, interviewStageGroupId: null, interviewPlanId: stage.plan },
    source: { id: uuidOf('source'), title: 'Careers page', isArchived: false, sourceType: { id: uuidOf('source-type'), title: 'Inbound', isArchived: false } },
    archiveReason: null, archivedAt: null, job: { id: input.job.id, title: input.job.title, locationId: null, departmentId: null }, creditedToUser: null, hiringTeam: [], appliedViaJobPostingId: null, submitterClientIp: null, submitterUserAgent: null,
  };
}

export interface Interviewer { id: string; firstName: string; lastName: string; email: string }
export function interviewerOf(id: string, at: number): Interviewer & Record<string, unknown> {
  return { id, firstName: FIRST[at], lastName: LAST[at], email: `interviewer${at}@hiring.example.org`, globalRole: 'Limited Access', isEnabled: true, updatedAt: '2026-01-05T09:00:00.000Z', isTrainee: false, managerId: null };
}

export function scheduleOf(input: { id: string; event: string; application: string; stage: string; starts: number; created: string; interviewer: Interviewer }): Record<string, unknown> {
  return {
    id: input.id, status: 'Scheduled', applicationId: input.application, interviewStageId: input.stage, scheduledBy: null, createdAt: input.created, updatedAt: input.created,
    interviewEvents: [{
      id: input.event, interviewId: uuidOf('interview'), interviewScheduleId: input.id, interviewerUserIds: [input.interviewer.id], createdAt: input.created, updatedAt: input.created, startTime: new Date(input.starts).toISOString(),
      endTime: new Date(input.starts + 3_600_000).toISOString(), feedbackLink: 'https://app.ashbyhq.com/feedback', location: null, meetingLink: null, hasSubmittedFeedback: false, extraData: {}, interviewers: [input.interviewer],
    }],
  };
}

export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
