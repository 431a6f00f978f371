import { newApplication } from './endpoints/applications.js';
import { newCandidate } from './endpoints/candidates.js';
import { personAt } from './people.js';
import type { Random } from './random.js';
import type { Application, Candidate, Job } from './records.js';
import { newSchedule } from './schedules.js';
import type { Organization } from './seed-organization.js';
import type { Store } from './store.js';

export interface SeedInput {
  seed: number;
  candidates: number;
  jobs: number;
  applicationsPerCandidate?: number;
  /** Share of the applications with one future interview schedule, 0 to 1. */
  interviewShare?: number;
  /** Key with which the share `createdWithHubKey` of the schedules is created; the others belong to an internal key. */
  hubKey?: string;
  createdWithHubKey?: number;
  badRecords?: number;
  /** The earliest interview; default one day ahead. */
  startAt?: string;
}
export interface Seeding {
  store: Store;
  random: Random;
  organization: Organization;
  input: Required<Omit<SeedInput, 'hubKey'>>;
  hubKeyName?: string;
}
/** The seeded schedules which the hub did not create are those of this key. */
const INTERNAL_KEY = 'ats-internal';
const HOUR_MS = 3_600_000;
const CREATED_AT = Date.parse('2026-01-05T09:00:00.000Z');

/** Spreads a share evenly over the indices. */
export const falls = (index: number, share: number) => Math.floor((index + 1) * share) > Math.floor(index * share);

export function addPerson(seeding: Seeding, { index, applications: wanted }: { index: number; applications: number }) {
  const { store, random, input, organization } = seeding;
  const at = new Date(CREATED_AT + index * 60_000).toISOString();
  const source = store.extras.sources[index % store.extras.sources.length];
  const blank = newCandidate({ id: random.uuid(), at, ...personAt(input.seed, index) });
  const applications = jobsOf(organization, index, wanted).map((job) => {
    const stage = random.pick(openStages(organization, job));
    return { ...newApplication({ id: random.uuid(), visitId: random.uuid(), candidateId: blank.id, jobId: job.id, stage, at }), source };
  });
  const candidate = {
    ...blank,
    ...describe(seeding, index),
    ...(index % 7 === 0 && resumeOf(blank.id)),
    source,
    applicationIds: applications.map(({ id }) => id),
  };
  store.add('candidate', candidate);
  for (const application of applications) store.add('application', application);
  return { candidate, applications };
}

/** As many jobs as wanted, each person beginning with the next one. */
function jobsOf({ jobs }: Organization, index: number, wanted: number): Job[] {
  return Array.from({ length: Math.min(wanted, jobs.length) }, (_, place) => jobs[(index + place) % jobs.length] as Job);
}

const openStages = ({ stages }: Organization, { defaultInterviewPlanId }: Job) =>
  stages.filter(
    ({ interviewPlanId, type }) => interviewPlanId === defaultInterviewPlanId && ['PreInterviewScreen', 'Active'].includes(type),
  );

function describe({ random }: Seeding, index: number): Partial<Candidate> {
  return {
    timezone: random.pick(['Europe/Berlin', 'America/Los_Angeles', 'Asia/Tokyo', 'Europe/Athens']),
    ...(index % 3 === 0 && { position: 'Engineer', company: 'Example AG' }),
    ...(index % 5 === 0 && {
      socialLinks: [{ type: 'LinkedIn', url: `https://www.linkedin.com/in/example-${random.uuid().slice(0, 8)}` }],
    }),
  };
}

function resumeOf(candidateId: string): Pick<Candidate, 'resumeFileHandle' | 'fileHandles'> {
  const file = { id: `resume-${candidateId}`, name: 'resume.pdf', handle: '' };
  return { resumeFileHandle: file, fileHandles: [file] };
}

export function addInterview(seeding: Seeding, { application, index }: { application: Application; index: number }) {
  const { store, random, organization, input, hubKeyName } = seeding;
  const start = Date.parse(input.startAt) + (index % 400) * HOUR_MS;
  const { email } = random.pick(organization.users);
  const event = {
    startTime: new Date(start).toISOString(),
    endTime: new Date(start + HOUR_MS).toISOString(),
    interviewers: [{ email, feedbackRequired: true }],
  };
  const schedule = newSchedule(store, {
    application,
    events: [event],
    storedTime: (time) => time,
    newId: random.uuid,
    at: application.createdAt,
  });
  const own = hubKeyName !== undefined && falls(index, input.createdWithHubKey);
  return store.add('interviewSchedule', schedule, own ? hubKeyName : INTERNAL_KEY).value;
}
