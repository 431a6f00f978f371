import { Refusal } from './refusal.js';
import { plantBadRecords } from './bad-records.js';
import { newApplication } from './endpoints/applications.js';
import { newCandidate } from './endpoints/candidates.js';
import { personAt } from './people.js';
import { createRandom, type Random } from './random.js';
import type { Application, BadRecord, Candidate, Job } from './records.js';
import { newSchedule } from './schedules.js';
import { seedOrganization, type Organization } from './seed-organization.js';
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
export const INTERNAL_KEY = 'ats-internal';
const HOUR_MS = 3_600_000;
const CREATED_AT = Date.parse('2026-01-05T09:00:00.000Z');

/** Fills the ATS. The same input gives the same ids, names and times (apart from the default of `startAt`); the counts include the people around bad records. */
export function seedStore(
  store: Store,
  given: SeedInput,
): { candidates: number; applications: number; interviews: number; bad: BadRecord[] } {
  const seeding = seedingOf(store, given);
  const { input } = seeding;
  const counts = () => ({
    candidates: store.rows('candidate').size,
    applications: store.rows('application').size,
    interviews: store.rows('interviewSchedule').size,
  });
  const before = counts();
  const applicationsEach = input.applicationsPerCandidate;
  const people = Array.from({ length: input.candidates }, (_, index) => addPerson(seeding, { index, applications: applicationsEach }));
  const interviewed = people.flatMap(({ applications }) => applications).filter((_, index) => falls(index, input.interviewShare));
  interviewed.forEach((application, index) => addInterview(seeding, { application, index }));
  const bad = plantBadRecords(seeding, input.badRecords);
  store.extras.bad.push(...bad);
  const after = counts();
  return {
    candidates: after.candidates - before.candidates,
    applications: after.applications - before.applications,
    interviews: after.interviews - before.interviews,
    bad,
  };
}

function seedingOf(store: Store, given: SeedInput): Seeding {
  const { seed, candidates, jobs } = given;
  if (![seed, candidates, jobs].every(Number.isInteger) || candidates < 0 || jobs < 1)
    throw new Refusal('invalid_input', 'seed, candidates and jobs must be whole numbers', 400);
  if (store.extras.seeds.includes(String(seed))) throw new Refusal('already_seeded', 'this seed is in already: its ids would repeat', 409);
  store.extras.seeds.push(String(seed));
  const random = createRandom(seed);
  const startAt = given.startAt ?? new Date(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + 24 * HOUR_MS).toISOString();
  const defaults = { applicationsPerCandidate: 1, interviewShare: 0, createdWithHubKey: 0, badRecords: 0 };
  const hubKeyName = store.extras.keys.find(({ key }) => key === given.hubKey)?.name;
  if (given.hubKey !== undefined && hubKeyName === undefined)
    throw new Refusal('unknown_key', 'hubKey must come from POST /sandbox/keys', 400);
  return {
    store,
    random,
    organization: seedOrganization(store, { random, seed, jobs }),
    input: { ...defaults, ...given, startAt },
    hubKeyName,
  };
}

/** Spreads a share evenly over the indices. */
const falls = (index: number, share: number) => Math.floor((index + 1) * share) > Math.floor(index * share);

export function addPerson(seeding: Seeding, { index, applications: wanted }: { index: number; applications: number }) {
  const { store, random, input, organization } = seeding;
  const at = new Date(CREATED_AT + index * 60_000).toISOString();
  const source = store.extras.sources[index % store.extras.sources.length];
  const blank = newCandidate({ id: random.uuid(), at, ...personAt(input.seed, index) });
  const applications = jobsOf(organization, index, wanted).map((job) => {
    const stage = random.pick(openStages(organization, job));
    return { ...newApplication({ id: random.uuid(), visitId: random.uuid(), candidateId: blank.id, jobId: job.id, stage, at }), source };
  });
  const candidate = { ...blank, ...describe(seeding, index), source, applicationIds: applications.map(({ id }) => id) };
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
