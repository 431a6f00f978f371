import type { Application, BadRecord, InterviewSchedule } from './records.js';
import { addInterview, addPerson, type Seeding } from './seed-people.js';

type Planter = (seeding: Seeding, index: number) => string;

const PLANTS: readonly { resource: BadRecord['resource']; kind: string; plant: Planter }[] = [
  { resource: 'candidate', kind: 'empty-name', plant: (seeding, index) => badCandidate(seeding, index, 'name') },
  { resource: 'candidate', kind: 'malformed-email', plant: (seeding, index) => badCandidate(seeding, index, 'email') },
  { resource: 'application', kind: 'unknown-stage-type', plant: badApplication },
  { resource: 'interviewSchedule', kind: 'on-hold', plant: (seeding, index) => badSchedule(seeding, index, () => ({ status: 'OnHold' })) },
  {
    resource: 'interviewSchedule',
    kind: 'invalid-start-time',
    plant: (seeding, index) =>
      badSchedule(seeding, index, ({ interviewEvents }) => ({
        interviewEvents: interviewEvents.map((event) => ({ ...event, startTime: 'next Tuesday' })),
      })),
  },
];

/** Adds people of whom one record each is bad, the kinds in turn. Nothing hangs on a bad record, so each is one fault and no more. */
export function plantBadRecords(seeding: Seeding, count: number): BadRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const { resource, kind, plant } = PLANTS[index % PLANTS.length] as (typeof PLANTS)[number];
    return { resource, id: plant(seeding, index), kind };
  });
}

/** A person beyond those asked for. */
const extraPerson = (seeding: Seeding, index: number, applications: number) =>
  addPerson(seeding, { index: seeding.input.candidates + index, applications });

function badCandidate(seeding: Seeding, index: number, part: 'name' | 'email'): string {
  const { candidate } = extraPerson(seeding, index, 0);
  const email = { value: `${candidate.emailAddresses[0]?.value.replace('@', ' at ')}`, type: 'Personal' as const, isPrimary: true };
  const spoilt = part === 'name' ? { name: '' } : { primaryEmailAddress: email, emailAddresses: [email] };
  seeding.store.change('candidate', candidate.id, { ...candidate, ...spoilt });
  return candidate.id;
}

/** Its stage is in no plan any more, so that only this application shows the type. */
function badApplication(seeding: Seeding, index: number): string {
  const application = goodApplication(seeding, index);
  const unknown = { ...application.currentInterviewStage, id: seeding.random.uuid(), title: 'Team trial', type: 'TeamTrial' };
  seeding.store.change('application', application.id, { ...application, currentInterviewStage: unknown });
  return application.id;
}

function badSchedule(seeding: Seeding, index: number, spoilt: (schedule: InterviewSchedule) => Partial<InterviewSchedule>): string {
  const schedule = addInterview(seeding, { application: goodApplication(seeding, index), index });
  seeding.store.change('interviewSchedule', schedule.id, { ...schedule, ...spoilt(schedule) });
  return schedule.id;
}

function goodApplication(seeding: Seeding, index: number): Application {
  const [application] = extraPerson(seeding, index, 1).applications;
  if (!application) throw new Error('a seeded person has an application');
  return application;
}
