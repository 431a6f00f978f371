import type { StreamDefinition } from '../connector.js';
import { ConnectorFailure } from '../failure.js';
import { failingChecks, readingChecks, writingChecks, type Check } from './checks.js';
import { describeConnector } from './describe-connector.js';
import { startFaultProxy } from './fault-proxy.js';
import { openKit } from './harness.js';
import { paperConnector, startPaperVendor, type PaperConnector } from './paper-vendor.js';

describeConnector(paperConnector, { stream: 'rows', start: startPaperVendor });

type Rows = StreamDefinition<never>;
const rows = paperConnector.streams.rows as Rows;
const push = rows.push as NonNullable<Rows['push']>;
/** The good connector with one part replaced by a broken one. */
const withRows = (broken: Partial<Rows>) => ({ ...paperConnector, streams: { rows: { ...rows, ...broken } } }) as unknown as PaperConnector;
const withPush = (broken: Partial<typeof push>) => withRows({ push: { ...push, ...broken } });
const checks: Record<string, Check> = { ...readingChecks, ...failingChecks, ...writingChecks };
let noise = 0;

const BROKEN: [string, keyof typeof checks, PaperConnector][] = [
  ['stops after the first page', 'a full walk ends and yields every record with an id and a JSON payload', withRows({ pull: async (context) => ({ ...(await rows.pull(context)), done: true }) })],
  ['never says done', 'a full walk ends and yields every record with an id and a JSON payload', withRows({ pull: async (context) => ({ ...(await rows.pull(context)), done: false }) })],
  ['puts a clock into the payload', 'the same record read twice, by walk or by fetch, is the same', withRows({
    pull: async (context) => {
      const page = await rows.pull(context);
      return { ...page, records: page.records.map((record) => ({ ...record, payload: { ...(record.payload as object), read: ++noise } })) };
    } })],
  ['forgets the cursor', 'a walk from the last cursor yields nothing new', withRows({ pull: async (context) => ({ ...(await rows.pull(context)), nextCursor: undefined }) })],
  ['fails on an unknown id', 'an unknown id is gone, not a failure', withRows({ fetch: () => Promise.reject(new ConnectorFailure({ code: 'NOT_FOUND' })) })],
  ['takes a lost cursor for a fault', 'a cursor that the vendor no longer knows is CURSOR_EXPIRED', { ...paperConnector, classify: () => 'TRANSIENT' }],
  ['ignores 429', '429 waits as the vendor says, in every form', { ...paperConnector, classify: () => 'TRANSIENT' }],
  ['takes a 401 for a fault', 'a 401 is AUTH', { ...paperConnector, classify: () => 'TRANSIENT' }],
  ['takes a server error for an expired cursor', 'a server error and a dropped connection are transient on a read', { ...paperConnector, classify: () => 'CURSOR_EXPIRED' }],
  ['swallows failures', 'a truncated body is a transient failure, never a short page', withRows({ pull: (context) => rows.pull(context).catch(() => ({ records: [], done: true })) })],
  ['quotes the vendor in its failures', 'no failure tells a credential or a body', { ...paperConnector, classify: ({ body }) => ({ code: 'INVALID_VALUE', detail: JSON.stringify(body) }) }],
  ['leaves the body cap to luck', 'a body over the cap is refused', withRows({ pull: (context) => rows.pull(context).catch(() => ({ records: [], done: true })) })],
  ['writes no text', 'create, fetch, update, find, remove: each sees the one before, in any script', withPush({ create: (context) => push.create?.({ ...context, body: { text: '' } }) as never })],
  ['garbles what is not ASCII', 'create, fetch, update, find, remove: each sees the one before, in any script', withPush({ create: (context) => push.create?.({ ...context, body: { text: Buffer.from(String(context.body.text)).toString('latin1') } }) as never })],
  ['cannot find its write id', 'create, fetch, update, find, remove: each sees the one before, in any script', withPush({ find: { ...push.find, search: async () => undefined } })],
  ['updates blindly', 'an update against an old version changes nothing', withPush({
    update: async (context) => push.update?.({ ...context, version: ((await rows.fetch(context)) as unknown as { record: { version: string } }).record.version }) as never })],
  ['mints an id of its own at each create', 'a create whose answer is lost is UNKNOWN_OUTCOME, and is found by its write id', withPush({ create: (context) => push.create?.({ ...context, writeId: `own-${++noise}` }) as never })],
  ['calls every lost answer a refusal', 'a create whose answer is lost is UNKNOWN_OUTCOME, and is found by its write id', withPush({
    create: (context) => push.create?.(context).catch(() => Promise.reject(new ConnectorFailure({ code: 'INVALID_VALUE' }))) as never })],
]; // prettier-ignore

test.each(BROKEN)(
  'a connector that %s is caught',
  async (_how, name, connector) => {
    const server = await startPaperVendor();
    const proxy = await startFaultProxy(server.url);
    const kit = openKit({ connector, stream: 'rows', server, proxy });
    try {
      await expect(Promise.resolve(checks[name]?.(kit))).rejects.toThrow();
    } finally {
      kit.session.close();
      await proxy.stop();
      await server.stop();
    }
  },
  30_000,
);
