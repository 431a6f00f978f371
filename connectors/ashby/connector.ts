import type { ObjectName } from '#hub/canonical';
import {
  basic,
  ConnectorFailure,
  defineConnector,
  knownSenders,
  type ConnectorContext,
  type Fetched,
  type HttpClient,
  type NamedCheck,
  type PulledPage,
  type StreamDefinition,
} from '#hub/connector-sdk';
import { classifyAnswer, refusal } from './classify-answer.js';
import { hintsOf } from './hints-of.js';
import { parseOne, toFetched, toRaw, withoutHistory } from './payloads.js';
import { cancelSchedule, createSchedule, fetchSchedule, findByWriteId, updateSchedule } from './schedules.js';
import { AshbySettings } from './settings.js';
import { listPage, pullPage, readCursor } from './walk.js';

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
    jobs: { ...listed('job', 'job.list'), pull: pullJobs, fetch: fetchBy('job.info', 'id') },
    stages: {
      entity: 'stage',
      cursor: { kind: 'token' },
      deletes: 'none',
      pull: pullStages,
      fetch: fetchBy('interviewStage.info', 'interviewStageId'),
    },
    candidates: { ...listed('candidate', 'candidate.list'), deletes: 'event', fetch: fetchBy('candidate.info', 'id') },
    applications: {
      ...listed('application', 'application.list'),
      after: ['jobs', 'candidates'],
      fetch: fetchBy('application.info', 'applicationId'),
    },
    'interview-schedules': {
      ...listed('interview', 'interviewSchedule.list', true),
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

/** Old people and applications still get new interviews, so only records on which nothing hangs keep to the history window. */
function listed(entity: ObjectName, list: string, windowed = false): Omit<Stream, 'fetch'> {
  const pull: Stream['pull'] = ({ http, cursor, since }) => pullPage(http, list, { cursor, ...(windowed && { since }) });
  return { entity, cursor: { kind: 'token' }, deletes: 'none', pull };
}

/** Drafts are listed only when asked for. */
function pullJobs({ http, cursor }: Parameters<Stream['pull']>[0]): Promise<PulledPage> {
  return pullPage(http, 'job.list', { cursor, query: { status: ['Draft', 'Open', 'Closed', 'Archived'] } });
}

/** Stages are listed per interview plan and say nothing about changes: every walk reads all plans. */
async function pullStages({ http, cursor }: Parameters<Stream['pull']>[0]): Promise<PulledPage> {
  const at = readCursor(cursor)?.page;
  const plans = await listPage(http, 'interviewPlan.list', { includeArchived: true, cursor: at });
  const stages = [];
  for (const { id } of plans.records) stages.push(...(await stagesOf(http, id)));
  return { records: stages.map(toRaw), nextCursor: JSON.stringify({ page: plans.nextCursor }), done: plans.nextCursor === undefined };
}

async function stagesOf(http: HttpClient, interviewPlanId: string) {
  const { records } = await listPage(http, 'interviewStage.list', { interviewPlanId });
  return records;
}

function fetchBy(endpoint: string, parameter: string): Stream['fetch'] {
  return async ({ http, externalId }): Promise<Fetched> => {
    try {
      const answer = await http.post(endpoint, { body: { [parameter]: externalId }, reads: true });
      return toFetched(withoutHistory(parseOne(answer)), externalId);
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
