import type { ObjectName } from '#hub/canonical';
import {
  basic,
  ConnectorFailure,
  defineConnector,
  downloadFrom,
  knownSenders,
  type ConnectorContext,
  type Fetched,
  type HttpClient,
  tokenWalk,
  type NamedCheck,
  type Page,
  type StreamDefinition,
  type VendorFile,
  type TokenPlace,
  type Walk,
} from '#hub/connector-sdk';
import { classifyAnswer, refusal } from './classify-answer.js';
import { hintsOf } from './hints-of.js';
import { parseAddress, parseOne, toFetched, toRaw, toRawCandidate, withoutHistory } from './payloads.js';
import { cancelSchedule, createSchedule, fetchSchedule, findByWriteId, updateSchedule } from './schedules.js';
import { AshbySettings } from './settings.js';
import { changesOf, listPage } from './walk.js';

type Stream = StreamDefinition<AshbySettings>;

/** Ashby: jobs, stages, candidates and applications in; interview schedules both ways. */
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
  check,
  streams: {
    jobs: {
      // Drafts are listed only when asked for.
      ...listed('job', changesOf('job.list', { query: { status: ['Draft', 'Open', 'Closed', 'Archived'] } })),
      fetch: fetchBy('job.info', 'id'),
    },
    stages: {
      ...listed('stage', tokenWalk({ page: stagesOfPlans })),
      fetch: fetchBy('interviewStage.info', 'interviewStageId'),
    },
    candidates: {
      ...listed('candidate', changesOf('candidate.list', { raw: toRawCandidate })),
      deletes: 'event',
      fetch: fetchBy('candidate.info', 'id', toRawCandidate),
      download: ({ http, file }) => downloadFrom(http, () => addressOf(http, file)),
    },
    applications: {
      ...listed('application', changesOf('application.list')),
      after: ['jobs', 'candidates'],
      fetch: fetchBy('application.info', 'applicationId'),
    },
    'interview-schedules': {
      // Old people and applications still get new interviews, so only records on which nothing hangs keep to the history window.
      ...listed('interview', changesOf('interviewSchedule.list', { windowed: true })),
      after: ['applications'],
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

function listed(entity: ObjectName, walk: Walk<AshbySettings>): Omit<Stream, 'fetch'> {
  return { entity, deletes: 'none', ...walk };
}

/** Stages are listed per interview plan and say nothing about changes: every walk reads all plans. */
async function stagesOfPlans({ http }: ConnectorContext<AshbySettings>, { place }: TokenPlace): Promise<Page> {
  const plans = await listPage(http, 'interviewPlan.list', { includeArchived: true, cursor: place });
  const stages = [];
  for (const { id } of plans.records) stages.push(...(await stagesOf(http, id)));
  return { records: stages.map(toRaw), next: plans.nextCursor };
}

async function stagesOf(http: HttpClient, interviewPlanId: string) {
  const { records } = await listPage(http, 'interviewStage.list', { interviewPlanId });
  return records;
}

async function addressOf(http: HttpClient, { handle }: VendorFile): Promise<string> {
  return parseAddress(await http.post('file.info', { body: { fileHandle: handle }, reads: true }));
}

function fetchBy(endpoint: string, parameter: string, raw = toRaw): Stream['fetch'] {
  return async ({ http, externalId }): Promise<Fetched> => {
    try {
      const answer = await http.post(endpoint, { body: { [parameter]: externalId }, reads: true });
      return toFetched(withoutHistory(parseOne(answer)), externalId, raw);
    } catch (error) {
      if (error instanceof ConnectorFailure && error.code === 'NOT_FOUND') return { state: 'gone' };
      throw error;
    }
  };
}

const READS: [string, string][] = [
  ['candidates', 'candidate.list'],
  ['jobs', 'job.list'],
  ['applications', 'application.list'],
  ['interviews', 'interviewSchedule.list'],
];

/** One call per right that the streams need; a key that is not accepted fails all of them at once. */
async function check({ http }: ConnectorContext<AshbySettings>): Promise<NamedCheck[]> {
  const checks: NamedCheck[] = [];
  for (const [what, list] of READS) {
    const refused = await refusedRead(http, list);
    if (refused?.code === 'AUTH') return [{ name: 'key', ok: false, detail: refused.detail }];
    checks.push({ name: what, ok: !refused, detail: refused?.detail ?? `the API key may read ${what}` });
  }
  return [{ name: 'key', ok: true, detail: 'Ashby accepts the API key' }, ...checks];
}

async function refusedRead(http: HttpClient, list: string): Promise<ConnectorFailure | undefined> {
  try {
    await listPage(http, list, { limit: 1 });
    return undefined;
  } catch (error) {
    if (error instanceof ConnectorFailure && (error.code === 'PERMISSION' || error.code === 'AUTH')) return error;
    throw error;
  }
}
