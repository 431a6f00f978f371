import {
  basic,
  checkReads,
  defineConnector,
  downloadFrom,
  knownSenders,
  orGone,
  tokenWalk,
  type ConnectorContext,
  type RecordContext,
} from '#hub/connector-sdk';
import { candidatesAlike, createCandidate } from './candidates.js';
import { classifyAnswer, refusal } from './classify-answer.js';
import { hintsOf } from './hints-of.js';
import { parseAddress, parseOne, toFetched, toRaw, toRawCandidate, withoutHistory } from './payloads.js';
import { cancelSchedule, createSchedule, fetchSchedule, findByWriteId, updateSchedule } from './schedules.js';
import { AshbySettings } from './settings.js';
import { changesOf, listPage, stagesOfPlans } from './walk.js';

/** Ashby: jobs, stages, candidates and applications in; interview schedules both ways; candidates are created, never changed. */
export const ashby = defineConnector<AshbySettings>({
  id: 'ashby',
  name: 'Ashby',
  category: 'ats',
  settings: AshbySettings,
  auth: basic({ username: 'apiKey' }),
  http: ({ settings }) => ({ baseUrl: settings.apiUrl, headers: { accept: 'application/json; version=1' } }),
  throttle: ({ callsPerSecond = 15 }) => ({ perSecond: callsPerSecond, concurrent: 4 }),
  account: ({ apiUrl, organization = '' }) => [new URL(apiUrl).host, organization].filter(Boolean).join('/'),
  classify: classifyAnswer,
  refuses: refusal,
  check: ({ http }) => {
    const read = (list: string) => () => listPage(http, list, { limit: 1 });
    return checkReads('Ashby', {
      candidates: read('candidate.list'),
      jobs: read('job.list'),
      applications: read('application.list'),
      interviews: read('interviewSchedule.list'),
    });
  },
  streams: {
    jobs: {
      entity: 'job',
      deletes: 'none',
      // Drafts are listed only when asked for.
      ...changesOf('job.list', { query: { status: ['Draft', 'Open', 'Closed', 'Archived'] } }),
      fetch: fetchBy('job.info', 'id'),
    },
    stages: {
      entity: 'stage',
      deletes: 'none',
      ...tokenWalk({ page: stagesOfPlans }),
      fetch: fetchBy('interviewStage.info', 'interviewStageId'),
    },
    candidates: {
      entity: 'candidate',
      deletes: 'event',
      ...changesOf('candidate.list', { raw: toRawCandidate }),
      fetch: fetchBy('candidate.info', 'id', toRawCandidate),
      download: ({ http, file }) => downloadFrom(http, async () => parseAddress(await ask(http, 'file.info', { fileHandle: file.handle }))),
      push: {
        effect: 'silent',
        create: createCandidate,
        find: { by: 'naturalKey', visibleWithinMs: 10_000, alike: candidatesAlike },
      },
    },
    applications: {
      entity: 'application',
      deletes: 'none',
      after: ['jobs', 'candidates'],
      ...changesOf('application.list'),
      fetch: fetchBy('application.info', 'applicationId'),
    },
    'interview-schedules': {
      entity: 'interview',
      deletes: 'none',
      after: ['applications'],
      // Old people and applications still get new interviews, so only records on which nothing hangs keep to the history window.
      ...changesOf('interviewSchedule.list', { windowed: true }),
      fetch: ({ http, externalId, parents }) => fetchSchedule(http, externalId, parents.application),
      push: {
        effect: 'silent',
        create: createSchedule,
        update: updateSchedule,
        remove: async ({ http, externalId }) => void (await cancelSchedule(http, externalId)),
        find: { by: 'writeId', visibleWithinMs: 10_000, search: findByWriteId },
      },
    },
  },
  webhook: { ...knownSenders.ashby, hints: hintsOf },
});

function fetchBy(endpoint: string, parameter: string, raw = toRaw) {
  return ({ http, externalId }: RecordContext<AshbySettings>) =>
    orGone(async () => toFetched(withoutHistory(parseOne(await ask(http, endpoint, { [parameter]: externalId }))), externalId, raw));
}

function ask(http: ConnectorContext<AshbySettings>['http'], endpoint: string, body: object): Promise<unknown> {
  return http.post(endpoint, { body, reads: true });
}
