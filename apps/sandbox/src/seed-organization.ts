import { INTERVIEWERS, JOB_TITLES, STAGES } from './people.js';
import type { Random } from './random.js';
import type { Job, Plan, Stage, User } from './records.js';
import { userWith } from './schedules.js';
import type { Store } from './store.js';

export interface Organization {
  users: User[];
  stages: Stage[];
  jobs: Job[];
}
const AT = '2026-01-02T08:00:00.000Z';

/** The employer itself: interviewers, sources, archive reasons, one plan with its stages, the jobs. */
export function seedOrganization(store: Store, { random, seed, jobs }: { random: Random; seed: number; jobs: number }): Organization {
  const users = INTERVIEWERS.map(([first, last]) => userWith(store, `${first}.${last}@company.example.com`, [first, last]));
  if (store.extras.sources.length === 0) addLists(store, random);
  const plan = addPlan(store, { id: random.uuid(), title: `Interview plan ${seed}`, isArchived: false });
  const stages = STAGES.map(([title, type], order) =>
    addStage(store, { id: random.uuid(), title, type, orderInInterviewPlan: order, interviewPlanId: plan.id }),
  );
  const made = Array.from({ length: jobs }, (_, index) =>
    addJob(store, { id: random.uuid(), index, plan, lead: users[index % users.length] as User }),
  );
  return { users, stages, jobs: made };
}

function addLists({ extras }: Store, random: Random): void {
  for (const title of ['Referral', 'Careers page', 'Sourced']) extras.sources.push({ id: random.uuid(), title, isArchived: false });
  for (const [text, reasonType] of [
    ['Not a fit', 'RejectedByOrg'],
    ['Took another offer', 'RejectedByCandidate'],
  ] as const) {
    extras.archiveReasons.push({ id: random.uuid(), text, reasonType, isArchived: false, customFields: [] });
  }
}

function addPlan(store: Store, plan: Pick<Plan, 'id' | 'title' | 'isArchived'>): Plan {
  return store.add('interviewPlan', { ...plan, createdAt: AT, updatedAt: AT }).value;
}

const addStage = (store: Store, stage: Stage): Stage => store.add('interviewStage', stage).value;

function addJob(store: Store, { id, index, plan, lead }: { id: string; index: number; plan: Plan; lead: User }): Job {
  return store.add('job', {
    id,
    title: JOB_TITLES[index % JOB_TITLES.length] as string,
    confidential: false,
    status: index % 9 === 8 ? 'Closed' : 'Open',
    employmentType: index % 4 === 3 ? 'Contract' : 'FullTime',
    defaultInterviewPlanId: plan.id,
    interviewPlanIds: [plan.id],
    customFields: [],
    jobPostingIds: [],
    hiringTeam: [{ email: lead.email, firstName: lead.firstName, lastName: lead.lastName, role: 'Hiring Manager', userId: lead.id }],
    createdAt: AT,
    updatedAt: AT,
    openedAt: AT,
    ...(index % 9 === 8 && { closedAt: AT }),
  }).value;
}
