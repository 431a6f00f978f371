import { Refusal } from './refusal.js';
import { plantBadRecords } from './bad-records.js';
import { createRandom } from './random.js';
import type { BadRecord } from './records.js';
import { seedOrganization } from './seed-organization.js';
import { addInterview, addPerson, falls, type Seeding, type SeedInput } from './seed-people.js';
import type { Store } from './store.js';

const HOUR_MS = 3_600_000;

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
