import type { Application, BadRecord, InterviewSchedule } from './records.js';
import { addInterview, type Seeding } from './seed.js';

interface Plant {
  resource: BadRecord['resource'];
  kind: string;
  /** Spoils the application, or what hangs on it, and says which record. */
  spoil: (seeding: Seeding, application: Application, index: number) => string;
}

const PLANTS: readonly Plant[] = [
  { resource: 'candidate', kind: 'empty-name', spoil: (seeding, application) => spoilCandidate(seeding, application, 'name') },
  { resource: 'candidate', kind: 'malformed-email', spoil: (seeding, application) => spoilCandidate(seeding, application, 'email') },
  { resource: 'application', kind: 'unknown-stage-type', spoil: spoilApplication },
  {
    resource: 'interviewSchedule',
    kind: 'on-hold',
    spoil: (seeding, application, index) => spoilSchedule(seeding, application, { index, patch: { status: 'OnHold' } }),
  },
  { resource: 'interviewSchedule', kind: 'invalid-start-time', spoil: spoilStartTime },
];

/** Spoils one record of each of the last applications' people in turn, so that no bad record hides another. */
export function plantBadRecords(seeding: Seeding, { applications, count }: { applications: Application[]; count: number }): BadRecord[] {
  const perPerson = [...new Map(applications.map((application) => [application.candidateId, application])).values()]
    .reverse()
    .slice(0, count);
  return perPerson.map((application, index) => {
    const { resource, kind, spoil } = PLANTS[index % PLANTS.length] as Plant;
    return { resource, id: spoil(seeding, application, index), kind };
  });
}

function spoilCandidate({ store }: Seeding, { candidateId }: Application, part: 'name' | 'email'): string {
  const candidate = store.find('candidate', candidateId);
  if (!candidate) throw new Error('the seeded candidate is gone');
  const email = { value: `${candidate.emailAddresses[0]?.value.replace('@', ' at ')}`, type: 'Personal' as const, isPrimary: true };
  const spoilt = part === 'name' ? { name: '' } : { primaryEmailAddress: email, emailAddresses: [email] };
  store.change('candidate', candidateId, { ...candidate, ...spoilt });
  return candidateId;
}

/** Its stage is in no plan any more, so that only this application shows the type. */
function spoilApplication({ store, random }: Seeding, { id }: Application): string {
  const application = store.find('application', id);
  if (!application) throw new Error('the seeded application is gone');
  const unknown = { ...application.currentInterviewStage, id: random.uuid(), title: 'Team trial', type: 'TeamTrial' };
  store.change('application', id, { ...application, currentInterviewStage: unknown });
  return id;
}

function spoilStartTime(seeding: Seeding, application: Application, index: number): string {
  const { interviewEvents } = scheduleOf(seeding, application, index);
  return spoilSchedule(seeding, application, {
    index,
    patch: { interviewEvents: interviewEvents.map((event) => ({ ...event, startTime: 'next Tuesday' })) },
  });
}

function spoilSchedule(
  seeding: Seeding,
  application: Application,
  { index, patch }: { index: number; patch: Partial<InterviewSchedule> },
): string {
  const schedule = scheduleOf(seeding, application, index);
  seeding.store.change('interviewSchedule', schedule.id, { ...schedule, ...patch });
  return schedule.id;
}

function scheduleOf(seeding: Seeding, application: Application, index: number): InterviewSchedule {
  const known = seeding.store.all('interviewSchedule').find(({ applicationId }) => applicationId === application.id);
  return known ?? addInterview(seeding, { application, index }).value;
}
