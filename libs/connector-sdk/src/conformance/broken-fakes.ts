import { hash } from 'node:crypto';
import type { RawRecord, StreamDefinition } from '../connector.js';
import type { AuthScheme } from '../auth/scheme.js';
import { bearer } from '../auth/static-credentials.js';
import { byHttpStatus } from '../classify.js';
import { ConnectorFailure } from '../failure.js';
import type { Keep, PartnerAnswer, PartnerRoute } from '../partners/partner-api.js';
import { paperAddress, paperConnector, parseRow, startPaperVendor, toRaw, takeOrder, type PaperConnector } from './paper-vendor.js';
import type { ReceivedFile } from '../files/file-of.js';
import type { ConformanceServer } from './harness.js';

type Rows = StreamDefinition<{ url: string }>;
type Push = NonNullable<Rows['push']>;
type Webhook = NonNullable<PaperConnector['webhook']>;
interface Broken {
  /** A connector that … */
  how: string;
  connector: PaperConnector;
  server?: (good: ConformanceServer) => ConformanceServer;
}

const rows = paperConnector.streams.rows as unknown as Rows;
const push = rows.push as Push;
const webhook = paperConnector.webhook as Webhook;
const withRows = (part: Partial<Rows>): PaperConnector =>
  ({ ...paperConnector, streams: { ...paperConnector.streams, rows: { ...rows, ...part } } }) as unknown as PaperConnector;
const withPush = (part: Partial<Push>): PaperConnector => withRows({ push: { ...push, ...part } });
const withWebhook = (part: Partial<Webhook>): PaperConnector => ({ ...paperConnector, webhook: { ...webhook, ...part } });
const subscription = paperConnector.subscription as NonNullable<PaperConnector['subscription']>;
const withSubscription = (part: Partial<typeof subscription>): PaperConnector => ({
  ...paperConnector,
  subscription: { ...subscription, ...part },
});
type Change = (record: RawRecord) => RawRecord;
const fetching =
  (change: Change): Rows['fetch'] =>
  async (context) => {
    const fetched = await rows.fetch(context);
    return fetched.state === 'found' ? { ...fetched, record: change(fetched.record) } : fetched;
  };
/** Each record changed, walked or fetched. */
const withRecords = (change: Change): PaperConnector =>
  withRows({ pull: async (context) => mapped(await rows.pull(context), change), fetch: fetching(change) });
const enclosing = (record: RawRecord, change: (file: ReceivedFile) => ReceivedFile): RawRecord =>
  record.contents ? { ...record, contents: record.contents.map(change) } : record;
const classifying = (classify: PaperConnector['classify']): PaperConnector => ({
  ...paperConnector,
  classify: (failure) => (failure.status === 410 ? 'CURSOR_EXPIRED' : classify(failure)),
});
const create = push.create as NonNullable<Push['create']>;
const update = push.update as NonNullable<Push['update']>;
const remove = push.remove as NonNullable<Push['remove']>;
const merge = push.merge as NonNullable<Push['merge']>;
const asText = (body: Record<string, unknown>): string => String(body.text);
const nothing = async () => ({ records: [], done: true, nextCursor: '0' });

type PartnerApi = NonNullable<PaperConnector['partnerApi']>;
type Route = PartnerApi['routes'][PartnerRoute];
const partnerApi = paperConnector.partnerApi as PartnerApi;
const withPartnerApi = (part: Partial<PartnerApi>): PaperConnector => ({ ...paperConnector, partnerApi: { ...partnerApi, ...part } });
/** What is kept of a good answer, changed. */
const keeping = (change: (keep: Keep) => Keep): PaperConnector =>
  withPartnerApi({
    routes: {
      'POST /orders': async (call: Parameters<Route>[0]) => {
        const answer = await takeOrder(call);
        return { ...answer, keep: answer.keep?.map(change) };
      },
    },
  });

const orders = paperConnector.streams.orders;
const keepEvery = async (call: Parameters<Route>[0]): Promise<PartnerAnswer> => takeOrder({ ...call, received: async () => undefined });

const named = new Set<string>();
let noise = 0;

/** The good connector, taken apart one way at a time. Which checks see it, and that no other does, is declared in `broken-fakes.json`. */
export const BROKEN: Broken[] = [
  { how: 'waits for itself', connector: withRows({ after: ['rows'] }) },
  { how: 'waits for a stream that it does not have', connector: withRows({ after: ['columns'] }) },
  { how: 'invents an effect', connector: withPush({ effect: 'loud' as never }) },
  { how: 'says that it finds, and does not search', connector: withPush({ find: { by: 'writeId', visibleWithinMs: 0 } }) },
  {
    how: 'allows itself no call',
    connector: { ...paperConnector, throttle: ({ url }) => ({ perSecond: url.includes('vendor.example') ? 0 : 1_000 }) },
  },
  { how: 'has a new account each time', connector: { ...paperConnector, account: () => `account ${++noise}` } },
  { how: 'stops after the first page', connector: withRows({ pull: async (context) => ({ ...(await rows.pull(context)), done: true }) }) },
  {
    how: 'yields empty ids',
    connector: withRows({ pull: async (context) => mapped(await rows.pull(context), (record) => ({ ...record, externalId: '' })) }),
  },
  {
    how: 'has dates in its payloads',
    connector: withRows({
      pull: async (context) =>
        mapped(await rows.pull(context), (record) => ({ ...record, payload: { ...(record.payload as object), at: new Date(0) } })),
    }),
  },
  {
    how: 'puts its key into its payloads',
    connector: withRows({
      pull: async (context) =>
        mapped(await rows.pull(context), (record) => ({ ...record, payload: { ...(record.payload as object), via: 'paper-token-1' } })),
      fetch: async (context) => {
        const answer = await rows.fetch(context);
        return answer.state === 'found'
          ? { ...answer, record: { ...answer.record, payload: { ...(answer.record.payload as object), via: 'paper-token-1' } } }
          : answer;
      },
    }),
  },
  {
    how: 'yields a record twice',
    connector: withRows({
      async pull(context) {
        const page = await rows.pull(context);
        return { ...page, records: [...page.records, ...page.records.slice(0, 1)] };
      },
    }),
  },
  {
    how: 'puts a clock into its payloads',
    connector: withRows({
      pull: async (context) =>
        mapped(await rows.pull(context), (record) => ({ ...record, payload: { ...(record.payload as object), read: ++noise } })),
    }),
  },
  {
    how: 'fetches less than it walks',
    connector: withRows({ fetch: fetching(({ externalId, payload }) => ({ externalId, payload })) }),
  },
  {
    how: 'fails on an unknown id',
    connector: withRows({
      fetch: async (context) => {
        const answer = await rows.fetch(context);
        if (answer.state === 'gone') throw new ConnectorFailure({ code: 'NOT_FOUND' });
        return answer;
      },
    }),
  },
  {
    how: 'forgets its cursor',
    connector: withRows({ pull: async (context) => ({ ...(await rows.pull(context)), nextCursor: undefined }) }),
  },
  { how: 'keeps its place in the process', connector: withRows({ pull: placeInProcess() }) },
  {
    how: 'has a cursor without measure',
    connector: withRows({
      pull: async ({ cursor, ...context }) => {
        const page = await rows.pull({ ...context, cursor: cursor?.replace(/^0+(?=\d)/, '') });
        return { ...page, nextCursor: page.nextCursor?.padStart(20_000, '0') };
      },
    }),
  },
  {
    how: 'keeps its key in its cursor',
    connector: withRows({
      pull: async ({ cursor, ...context }) => {
        const page = await rows.pull({ ...context, cursor: cursor?.replace('|paper-token-1', '') });
        return { ...page, nextCursor: `${page.nextCursor}|paper-token-1` };
      },
    }),
  },
  {
    how: 'takes a lost cursor for a fault',
    connector: { ...paperConnector, classify: (failure) => (failure.status === 410 ? 'TRANSIENT' : byHttpStatus(failure)) },
  },
  {
    how: 'takes a foreign cursor for none',
    connector: withRows({
      pull: ({ cursor, ...context }) =>
        rows.pull({ ...context, cursor: cursor !== undefined && /^\d+$/.test(cursor) ? cursor : undefined }),
    }),
  },
  {
    how: 'puts ids into paths as they are',
    connector: withRows({
      fetch: async ({ http, externalId }) => {
        const response = await http.request({ method: 'GET', path: `/${externalId}`, expect: [404] });
        if (response.status === 404) return { state: 'gone' };
        return { state: 'found', record: toRaw(parseRow(response.json())) };
      },
    }),
  },
  { how: 'swallows failures of a walk', connector: withRows({ pull: (context) => rows.pull(context).catch(nothing) }) },
  {
    how: 'takes failures of a fetch for a record that is gone',
    connector: withRows({ fetch: (context) => rows.fetch(context).catch(() => ({ state: 'gone' })) }),
  },
  {
    how: 'takes a passing trouble for a wrong setting',
    connector: classifying((failure) => (failure.status === undefined || failure.status >= 500 ? 'CONFIG' : byHttpStatus(failure))),
  },
  {
    how: 'reads foreign answers as empty pages',
    connector: withRows({
      async pull({ http, cursor }) {
        const response = await http.request({ method: 'GET', path: '/', query: { after: cursor } });
        const listing = await Promise.resolve()
          .then(() => response.json() as { items?: unknown })
          .catch(() => ({ items: undefined }));
        return Array.isArray(listing?.items) ? rows.pull({ http, cursor } as never) : nothing();
      },
    }),
  },
  {
    how: 'tries again by itself, for long',
    connector: withRows({
      async pull(context) {
        for (let tries = 0; ; tries += 1) {
          const page = await rows.pull(context).catch((error: ConnectorFailure) => error);
          if (!(page instanceof Error)) return page;
          if (tries === 8 || page.code === 'RATE_LIMITED') throw page;
        }
      },
    }),
  },
  { how: 'never works again after a failure', connector: withRows({ pull: deadAfterFailure() }) },
  {
    how: 'takes a forbidden record for a lost cursor',
    connector: withRows({
      fetch: (context) =>
        rows.fetch(context).catch((error: ConnectorFailure) => {
          throw error.status === 403 ? new ConnectorFailure({ code: 'CURSOR_EXPIRED' }) : error;
        }),
    }),
  },
  {
    how: 'follows redirects by itself',
    connector: withRows({
      async pull(context) {
        const response = await context.http.request({ method: 'GET', path: '/', query: { after: context.cursor }, expect: [302] });
        if (response.status === 302) await fetch(response.headers.location);
        return rows.pull(context);
      },
    }),
  },
  {
    how: 'calls around the guard',
    connector: withRows({
      pull: (context) =>
        rows.pull(context).catch(async (error: ConnectorFailure) => {
          if (error.code === 'CONFIG' && error.status === undefined) await fetch(context.settings.url);
          throw error;
        }),
    }),
  },
  { how: 'quotes the vendor', connector: classifying((failure) => ({ code: codeOf(failure), detail: JSON.stringify(failure.body) })) },
  { how: 'quotes its key', connector: quotingItsKey() },
  {
    how: 'takes a 429 for a passing trouble',
    connector: classifying((failure) => (failure.status === 429 ? 'TRANSIENT' : byHttpStatus(failure))),
  },
  {
    how: 'waits as long as it likes',
    connector: classifying((failure) => {
      const code = byHttpStatus(failure);
      return code === 'RATE_LIMITED' ? { code, retryAfterMs: 5 } : code;
    }),
  },
  {
    how: 'does not see a throttle in a 503',
    connector: classifying((failure) => (failure.status === 503 ? 'TRANSIENT' : byHttpStatus(failure))),
  },
  {
    how: 'takes a 401 for a passing trouble',
    connector: classifying((failure) => (failure.status === 401 ? 'TRANSIENT' : byHttpStatus(failure))),
  },
  {
    how: 'takes a 403 for a value',
    connector: classifying((failure) => (failure.status === 403 ? 'INVALID_VALUE' : byHttpStatus(failure))),
  },
  {
    how: 'takes a 422 for a passing trouble',
    connector: classifying((failure) => (failure.status === 422 ? 'TRANSIENT' : byHttpStatus(failure))),
  },
  {
    how: 'calls without the credential that is missing',
    connector: {
      ...paperConnector,
      auth: authBy(async ({ tokens }) => ({ headers: { authorization: `Bearer ${(await tokens.read('token')) ?? ''}` } })),
    },
  },
  { how: 'remembers its credential', connector: { ...paperConnector, auth: remembering() } },
  {
    how: 'garbles what is not ASCII',
    connector: withPush({
      create: (context) => create({ ...context, body: { text: Buffer.from(asText(context.body)).toString('latin1') } }),
    }),
  },
  {
    how: 'drops what is beyond the basic plane',
    connector: withPush({
      create: (context) => create({ ...context, body: { text: asText(context.body).replace(/[\u{10000}-\u{10ffff}]/gu, '') } }),
    }),
  },
  {
    how: 'composes marks',
    connector: withPush({ create: (context) => create({ ...context, body: { text: asText(context.body).normalize('NFC') } }) }),
  },
  {
    how: 'cuts long texts',
    connector: withPush({ create: (context) => create({ ...context, body: { text: asText(context.body).slice(0, 10_000) } }) }),
  },
  {
    how: 'leaves its own records out of a delta',
    connector: withRows({
      async pull(context) {
        const page = await rows.pull(context);
        return context.cursor === undefined
          ? page
          : { ...page, records: page.records.filter(({ externalId, deleted }) => deleted || !/^w\d/.test(externalId)) };
      },
    }),
  },
  { how: 'finds nothing', connector: withPush({ find: { ...push.find, search: async () => undefined } }) },
  { how: 'finds anything', connector: withPush({ find: { ...push.find, search: async () => ({ externalId: 'a' }) } }) },
  { how: 'updates nothing', connector: withPush({ update: async ({ externalId }) => ({ externalId }) }) },
  {
    how: 'has one version for ever',
    connector: withRows({
      pull: async (context) => mapped(await rows.pull(context), (record) => (record.deleted ? record : { ...record, version: '1' })),
      fetch: async (context) => {
        const answer = await rows.fetch(context);
        return answer.state === 'found' ? { ...answer, record: { ...answer.record, version: '1' } } : answer;
      },
      push: { ...push, update: async (context) => blindly(context) },
    }),
  },
  { how: 'updates blindly', connector: withPush({ update: (context) => blindly(context) }) },
  { how: 'merges nothing', connector: withPush({ merge: async () => undefined }) },
  {
    how: 'merges the wrong way round',
    connector: withPush({ merge: (context) => merge({ ...context, kept: context.dropped, dropped: context.kept }) }),
  },
  {
    how: 'calls every failed merge a refusal',
    connector: withPush({
      merge: (context) => merge(context).catch(() => Promise.reject(new ConnectorFailure({ code: 'INVALID_VALUE' }))),
    }),
  },
  { how: 'removes nothing', connector: withPush({ remove: async () => undefined }) },
  {
    how: 'keeps deletes to itself',
    connector: withRows({
      async pull(context) {
        const page = await rows.pull(context);
        return { ...page, records: page.records.filter(({ deleted }) => !deleted) };
      },
    }),
  },
  {
    how: 'fails on removing what is gone',
    connector: withPush({
      async remove(context) {
        if ((await rows.fetch(context)).state === 'gone') throw new ConnectorFailure({ code: 'TRANSIENT' });
        await remove(context);
      },
    }),
  },
  {
    how: 'calls every failed create a refusal',
    connector: withPush({
      create: (context) => create(context).catch(() => Promise.reject(new ConnectorFailure({ code: 'INVALID_VALUE' }))),
    }),
  },
  {
    how: 'calls every failed update a refusal',
    connector: withPush({
      update: (context) => update(context).catch(() => Promise.reject(new ConnectorFailure({ code: 'INVALID_VALUE' }))),
    }),
  },
  {
    how: 'mints an id of its own at each create',
    connector: withPush({ create: (context) => create({ ...context, writeId: `own-${++noise}` }) }),
  },
  {
    how: 'creates once more after a lost answer',
    connector: withPush({
      create: (context) =>
        create(context).catch(async (error: ConnectorFailure) => {
          if (error.outcomeUnknown) await create({ ...context, writeId: `again-${++noise}` });
          throw error;
        }),
    }),
  },
  {
    how: 'looks for signatures elsewhere',
    connector: withWebhook({ verify: { ...(webhook.verify as object), signature: { header: 'x-other' } } as Webhook['verify'] }),
  },
  {
    how: 'believes a constant',
    connector: withWebhook({ verify: { kind: 'shared-token', token: { header: 'x-paper-constant' } } }),
    server: (good) => ({
      ...good,
      webhook: { sample: Buffer.from('{"id":"e-1","row":"a"}'), sign: () => ({ 'x-paper-constant': 'conformance-secret' }) },
    }),
  },
  {
    how: 'believes what was signed years ago',
    connector: withWebhook({
      verify: {
        ...webhook.verify,
        timestamp: { header: 'x-paper-signature', pair: 't', unit: 's', toleranceSeconds: 1e9 },
      } as Webhook['verify'],
    }),
  },
  { how: 'tells deliveries apart by their signature', connector: withWebhook({ messageId: [{ header: 'x-paper-signature' }] }) },
  {
    how: 'hints at streams that it does not have',
    connector: withWebhook({ hints: (body) => webhook.hints(body).map((hint) => ({ ...hint, stream: 'columns' })) }),
  },
  {
    how: 'trips over a body that says nothing',
    connector: withWebhook({ hints: (body) => [{ stream: 'rows', externalId: (body as { row: string }).row.trim() }] }),
  },
  {
    how: 'names each record of a delivery once',
    connector: withWebhook({
      hints: (body) => webhook.hints(body).filter(({ externalId = '' }) => !named.has(externalId) && named.add(externalId)),
    }),
    server: (good) => {
      named.clear();
      return good;
    },
  },
  { how: 'does not end its subscriptions', connector: withSubscription({ remove: async () => undefined }) },
  {
    how: 'fails at a subscription that is gone',
    connector: withSubscription({
      async remove({ http, externalId }) {
        await http.delete(`/subscriptions/${externalId}`);
      },
    }),
  },
  { how: 'renews a subscription after its end', connector: withSubscription({ renewBeforeMs: 30 * 86_400_000 }) },
  {
    how: 'has one subscription, whoever asks',
    connector: withSubscription({ create: (input) => subscription.create({ ...input, id: 'only' }) }),
  },
  { how: 'takes any token for the vendor’s', connector: withSubscription({ confirm: async () => undefined }) },
  {
    how: 'gives the vendor another token back',
    connector: withSubscription({ confirm: async (input) => subscription.confirm?.({ ...input, token: input.token.toUpperCase() }) }),
  },
  {
    how: 'names a file inside a record by something else than its hash',
    connector: withRecords((record) => enclosing(record, (file) => ({ ...file, sha256: hash('sha256', file.mime, 'hex') }))),
  },
  {
    how: 'leaves the bytes of a file in its payload',
    connector: withRecords((record) =>
      record.contents
        ? { ...record, payload: { ...(record.payload as object), bytes: record.contents[0].bytes.toString('base64') } }
        : record,
    ),
  },
  {
    how: 'fetches a record without the files inside it',
    connector: withRows({ fetch: fetching((record) => (record.contents ? { ...record, contents: [] } : record)) }),
  },
  { how: 'believes no partner', connector: withPartnerApi({ verify: { kind: 'shared-token', token: { header: 'x-other-key' } } }) },
  {
    how: 'takes what partners say for who they are',
    connector: withPartnerApi({ verify: { kind: 'shared-token', token: { field: 'key' } } }),
  },
  { how: 'keeps what partners bring for no stream', connector: keeping((keep) => ({ ...keep, stream: 'columns' })) },
  { how: 'keeps every call of a partner', connector: withPartnerApi({ routes: { 'POST /orders': keepEvery } }) },
  {
    how: 'keeps the bytes of files in payloads',
    connector: keeping((keep) => ({
      ...keep,
      payload: { ...(keep.payload as object), bytes: keep.files?.map(({ bytes }) => bytes.toString('base64')) },
    })),
  },
  {
    how: 'trusts the words of partners',
    connector: withPartnerApi({
      routes: { 'POST /orders': (call: Parameters<Route>[0]) => (Object.keys(call.body as object), takeOrder(call)) },
    }),
  },
  {
    how: 'repeats to partners what they said',
    connector: withPartnerApi({
      routes: {
        'POST /orders': async (call: Parameters<Route>[0]) => ({ ...(await takeOrder(call)), body: { said: call.body ?? null } }),
      },
    }),
  },
  {
    how: 'walks once what partners bring',
    connector: {
      ...paperConnector,
      streams: {
        ...paperConnector.streams,
        orders: { ...orders, pull: (context) => (context.cursor?.endsWith(':3') ? nothing() : orders.pull(context)) },
      },
    },
  },
  { how: 'names no files', connector: withFiles(() => undefined) },
  {
    how: 'puts addresses of files into its payloads',
    connector: withRows({
      pull: async (context) => mapped(await rows.pull(context), linking),
      fetch: async (context) => {
        const answer = await rows.fetch(context);
        return answer.state === 'found' ? { ...answer, record: linking(answer.record) } : answer;
      },
    }),
  },
  {
    how: 'believes that an address lasts',
    connector: withRows({ download: async ({ http, externalId }) => http.download(await paperAddress(http, externalId)) }),
  },
  {
    how: 'reads files while it walks',
    connector: withRows({
      async pull(context) {
        const page = await rows.pull(context);
        for (const { files, externalId } of page.records)
          if (files) await context.http.download(await paperAddress(context.http, externalId));
        return page;
      },
    }),
  },
  {
    how: 'gives its files new ids each time',
    connector: withFiles((files) => files?.map((file) => ({ ...file, id: `f${++noise}` }))),
  },
  {
    how: 'takes a refused file for a refused key',
    connector: withRows({
      download: (context) =>
        (rows.download as NonNullable<Rows['download']>)(context).catch((error: ConnectorFailure) => {
          throw error.status === 401 ? new ConnectorFailure({ code: 'AUTH' }) : error;
        }),
    }),
  },
  {
    how: 'takes a merged record for one that is gone',
    connector: withRows({
      fetch: async (context) => {
        const answer = await rows.fetch(context);
        return answer.state === 'moved' ? { state: 'gone' } : answer;
      },
    }),
  },
  {
    how: 'reads times in its own zone',
    connector: withPush({
      create: (context) => create({ ...context, body: { text: asText(context.body).replaceAll(/2027-10-31T01:/g, '2027-10-31T02:') } }),
    }),
  },
];

/** The paper vendor as this fake sees it. */
export async function startFor({ server }: Broken): Promise<ConformanceServer> {
  const good = await startPaperVendor();
  return server ? server(good) : good;
}

function linking(record: RawRecord): RawRecord {
  return record.deleted
    ? record
    : { ...record, payload: { ...(record.payload as object), link: `https://paper.example/files/${record.externalId}` } };
}
function withFiles(change: (files: RawRecord['files']) => RawRecord['files']): PaperConnector {
  const changed = (record: RawRecord): RawRecord => ({ ...record, files: change(record.files) });
  return withRows({
    pull: async (context) => mapped(await rows.pull(context), changed),
    fetch: async (context) => {
      const answer = await rows.fetch(context);
      return answer.state === 'found' ? { ...answer, record: changed(answer.record) } : answer;
    },
  });
}
type Page = Awaited<ReturnType<Rows['pull']>>;
function mapped(page: Page, change: (record: Page['records'][number]) => Page['records'][number]): Page {
  return { ...page, records: page.records.map(change) };
}
async function blindly(context: Parameters<NonNullable<Push['update']>>[0]): ReturnType<NonNullable<Push['update']>> {
  const answer = await context.http.request({ method: 'GET', path: `/${encodeURIComponent(context.externalId)}` });
  return update({ ...context, version: String((answer.json() as { version: number }).version) });
}
function placeInProcess(): Rows['pull'] {
  const places = new WeakMap<object, string>();
  return async (context) => {
    const inside = context.cursor !== undefined && places.has(context.settings);
    const page = await rows.pull({ ...context, cursor: inside ? places.get(context.settings) : undefined });
    places.set(context.settings, page.nextCursor as string);
    return page;
  };
}
function deadAfterFailure(): Rows['pull'] {
  const dead = new WeakSet<object>();
  return (context) =>
    rows.pull(context).then(
      (page) => {
        if (dead.has(context.settings)) throw new ConnectorFailure({ code: 'TRANSIENT' });
        return page;
      },
      (error: unknown) => {
        dead.add(context.settings);
        throw error;
      },
    );
}
function authBy(authorize: AuthScheme['authorize']): AuthScheme {
  return { ...bearer({ token: 'token' }), authorize };
}
function remembering(): AuthScheme {
  const known = new WeakMap<object, ReturnType<AuthScheme['authorize']>>();
  const { authorize } = bearer({ token: 'token' });
  return authBy((context) => {
    const first = known.get(context.tokens) ?? authorize(context);
    known.set(context.tokens, first);
    return first;
  });
}
function codeOf(failure: Parameters<PaperConnector['classify']>[0]) {
  return byHttpStatus(failure);
}
function quotingItsKey(): PaperConnector {
  let key = '';
  const { authorize } = bearer({ token: 'token' });
  const auth = authBy(async (context) => {
    const shown = await authorize(context);
    key = String(shown.headers?.authorization);
    return shown;
  });
  return { ...classifying((failure) => ({ code: byHttpStatus(failure), detail: `refused with ${key}` })), auth };
}
