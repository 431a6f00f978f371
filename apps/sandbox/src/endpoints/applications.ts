import { randomUUID } from 'node:crypto';
import { flag, instant, integer, listOf, maybe, needed, object, oneOf, text, uuid } from '../input.js';
import { listPage, pagingFields, syncFields } from '../paging.js';
import type { Application, Stage, StageVisit } from '../records.js';
import { Refusal } from '../refusal.js';
import type { Store } from '../store.js';
import { viewApplication } from '../views.js';
import { now, resultId, type Body, type Call, type Endpoints } from './endpoint.js';

export const applicationEndpoints: Endpoints = {
  'application.list': {
    permission: 'candidatesRead',
    fields: {
      ...syncFields,
      status: maybe(oneOf('Hired', 'Archived', 'Active', 'Lead')),
      jobId: maybe(uuid),
      expand: maybe(listOf(oneOf('openings'))),
    },
    answer: ({ store, body }) =>
      listPage(store, body, {
        resource: 'application',
        keep: ({ status, jobId }) => (body.status ?? status) === status && (body.jobId ?? jobId) === jobId,
        view: (application) => viewApplication(store, application),
      }),
  },
  'application.info': {
    permission: 'candidatesRead',
    fields: {
      applicationId: maybe(uuid),
      submittedFormInstanceId: maybe(uuid),
      expand: maybe(listOf(oneOf('openings', 'applicationFormSubmissions', 'referrals'))),
    },
    answer: ({ store, body }) => {
      const application = existing(store.see('application', body.applicationId as string), 'application');
      return { results: { ...viewApplication(store, application), applicationHistory: application.history } };
    },
  },
  'application.listHistory': {
    permission: 'candidatesRead',
    fields: { ...pagingFields, applicationId: needed(uuid) },
    answer: ({ store, body }) => ({
      results: existing(store.see('application', body.applicationId as string), 'application').history,
      moreDataAvailable: false,
    }),
  },
  'application.create': {
    permission: 'candidatesWrite',
    fields: {
      candidateId: needed(uuid),
      jobId: needed(uuid),
      interviewPlanId: maybe(uuid),
      interviewStageId: maybe(uuid),
      sourceId: maybe(uuid),
      creditedToUserId: maybe(uuid),
      createdAt: maybe(instant),
      applicationHistory: maybe(
        listOf(
          object({ stageId: needed(uuid), stageNumber: needed(integer), enteredStageAt: needed(instant), archiveReasonId: maybe(uuid) }),
        ),
      ),
    },
    answer: createApplication,
    wrote: resultId,
  },
  'application.changeStage': {
    permission: 'candidatesWrite',
    fields: {
      applicationId: needed(uuid),
      interviewStageId: needed(uuid),
      archiveReasonId: maybe(uuid),
      archiveEmail: maybe(object({ communicationTemplateId: needed(uuid), sendAt: maybe(text) })),
    },
    answer: changeStage,
    wrote: resultId,
  },
  'application.update': {
    permission: 'candidatesWrite',
    fields: {
      applicationId: needed(uuid),
      sourceId: maybe(uuid),
      creditedToUserId: maybe(uuid),
      createdAt: maybe(instant),
      sendNotifications: maybe(flag),
    },
    answer: updateApplication,
    wrote: resultId,
  },
};

function existing<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Refusal(`${what}_not_found`, `The ${what} was not found`);
  return value;
}

function createApplication({ store, body, key, announce }: Call): Body {
  const candidate = existing(store.find('candidate', body.candidateId as string), 'candidate');
  const job = existing(store.find('job', body.jobId as string), 'job');
  const planId = (body.interviewPlanId as string | undefined) ?? job.defaultInterviewPlanId;
  const stage = existing(firstStage(store, planId, body.interviewStageId as string | undefined), 'interview_stage');
  const application = newApplication({
    id: randomUUID(),
    candidateId: candidate.id,
    jobId: job.id,
    stage,
    at: (body.createdAt as string) ?? now(),
  });
  store.add('application', withSource(store, application, body.sourceId), key.name);
  store.change('candidate', candidate.id, {
    ...candidate,
    applicationIds: [...candidate.applicationIds, application.id],
    updatedAt: now(),
  });
  const results = viewApplication(store, application);
  announce('applicationSubmit', { application: results });
  return { results };
}

/** The named stage, else the first of the plan that takes active applications. */
function firstStage(store: Store, planId: string, stageId: string | undefined): Stage | undefined {
  if (stageId !== undefined) return store.find('interviewStage', stageId);
  return store.all('interviewStage').find(({ interviewPlanId, type }) => interviewPlanId === planId && type === 'PreInterviewScreen');
}

export function newApplication(input: {
  id: string;
  candidateId: string;
  jobId: string;
  stage: Stage;
  at: string;
  visitId?: string;
}): Application {
  const { id, candidateId, jobId, stage, at, visitId = randomUUID() } = input;
  const history = [visit(visitId, stage, at, 0)];
  return { id, createdAt: at, updatedAt: at, status: statusAt(stage), candidateId, jobId, currentInterviewStage: stage, history };
}

const visit = (id: string, stage: Stage, at: string, stageNumber: number): StageVisit => ({
  id,
  stageId: stage.id,
  title: stage.title,
  enteredStageAt: at,
  stageNumber,
  allowedActions: ['none'],
});

const statusAt = ({ type }: Stage): string => (['Lead', 'Hired', 'Archived'].includes(type) ? type : 'Active');

/** The application moved to another stage, with its history; an archived stage needs a reason, as in the vendor's description. */
export function movedTo(store: Store, application: Application, stage: Stage, archiveReasonId?: string): Application {
  const at = now();
  const archived = stage.type === 'Archived';
  const history = application.history.map((past) => (past.leftStageAt ? past : { ...past, leftStageAt: at }));
  const { archiveReason: _reason, archivedAt: _at, ...rest } = application;
  return {
    ...rest,
    updatedAt: at,
    status: statusAt(stage),
    currentInterviewStage: stage,
    history: [...history, visit(randomUUID(), stage, at, history.length)],
    ...(archived && { archivedAt: at, archiveReason: store.extras.archiveReasons.find(({ id }) => id === archiveReasonId) }),
  };
}

function changeStage({ store, body, announce }: Call): Body {
  const application = existing(store.find('application', body.applicationId as string), 'application');
  const stage = existing(store.find('interviewStage', body.interviewStageId as string), 'interview_stage');
  checkArchiveReason(store, stage, body.archiveReasonId as string | undefined);
  store.change('application', application.id, movedTo(store, application, stage, body.archiveReasonId as string | undefined));
  const results = viewApplication(store, existing(store.find('application', application.id), 'application'));
  announce('candidateStageChange', { application: results });
  announce('applicationUpdate', { application: results });
  return { results };
}

function checkArchiveReason(store: Store, stage: Stage, reasonId: string | undefined): void {
  if (stage.type !== 'Archived' && reasonId !== undefined)
    throw new Refusal('invalid_input', 'Archive fields are not allowed for non-archive stages');
  if (stage.type !== 'Archived') return;
  if (reasonId === undefined) throw new Refusal('invalid_input', 'Archive reason ID is required for archive stages');
  existing(
    store.extras.archiveReasons.find(({ id }) => id === reasonId),
    'archive_reason',
  );
}

function updateApplication({ store, body, announce }: Call): Body {
  const before = existing(store.find('application', body.applicationId as string), 'application');
  const createdAt = (body.createdAt as string | undefined) ?? before.createdAt;
  const { value } = store.change('application', before.id, withSource(store, { ...before, createdAt, updatedAt: now() }, body.sourceId));
  const results = viewApplication(store, value);
  announce('applicationUpdate', { application: results });
  return { results };
}

function withSource(store: Store, application: Application, sourceId: unknown): Application {
  if (sourceId === undefined) return application;
  return {
    ...application,
    source: existing(
      store.extras.sources.find(({ id }) => id === sourceId),
      'source',
    ),
  };
}
