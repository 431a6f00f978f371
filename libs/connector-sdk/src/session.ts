import type { AuthContext, Authorization, SignIn, SignInAnswer, SignInRequest } from './auth/scheme.js';
import { clientCertificateOf } from './auth/client-certificate.js';
import { postForm } from './auth/post-form.js';
import type {
  Connector,
  ConnectorContext,
  Fetched,
  MergeContext,
  NamedCheck,
  PulledPage,
  PushDefinition,
  RawRecord,
  Receipt,
  RecordContext,
  RemoveContext,
  StreamDefinition,
  Subscription,
  UpdateContext,
  WriteContext,
} from './connector.js';
import { ConnectorFailure } from './failure.js';
import { copyFiles } from './files/copy-files.js';
import { egressRules } from './egress.js';
import { createHttpClient, type FailedCall } from './http.js';
import { judgeFailure } from './judge-failure.js';
import { imapConnection, type ImapConnection } from './mail/imap-client.js';
import type { MailParts } from './mail/mail-parts.js';
import { smtpClient } from './mail/smtp-client.js';
import type { Budget, FileStore, ReceivedRecords, ReceivedStore, TokenStore } from './ports.js';
import { sftpConnection, type SftpConnection } from './sftp/sftp-client.js';
import { exhaustedMs } from './retry-after.js';
import { takeCall, takePlace, type Throttle } from './throttle.js';
import { createTransport, type Transport } from './transport.js';
import { validateSettings } from './validate-settings.js';

export interface SessionOptions {
  /** The connection's settings as stored; validated here. */
  settings: unknown;
  tokens: TokenStore;
  budget: Budget;
  /** `host:port` entries of this installation that may be private or plain http. */
  egress: readonly string[];
  /** PEM of a private certificate authority. */
  ca?: string;
  /** What partners brought; without it there is nothing of the kind. */
  received?: ReceivedStore;
  /** Copies of files; without it none are made, and none are known. */
  files?: FileStore;
  now?: () => Date;
}
type Own = keyof ConnectorContext<unknown> | 'received';
export type RecordInput = Omit<RecordContext<unknown>, Own>;
export type WriteInput = Omit<WriteContext<unknown>, Own>;
export type UpdateInput = Omit<UpdateContext<unknown>, Own>;
export type RemoveInput = Omit<RemoveContext<unknown>, Own>;
type MergeInput = Omit<MergeContext<unknown>, Own>;

/** One connection, opened. Every method throws ConnectorFailure and nothing else. */
export interface ConnectorSession {
  pull: (stream: string, input: { cursor?: string; since?: Date }) => Promise<PulledPage>;
  fetch: (stream: string, input: RecordInput) => Promise<Fetched>;
  create: (stream: string, input: WriteInput) => Promise<Receipt>;
  update: (stream: string, input: UpdateInput) => Promise<Receipt>;
  remove: (stream: string, input: RemoveInput) => Promise<void>;
  merge: (stream: string, input: MergeInput) => Promise<void>;
  /** The receipt of an earlier create with this write id; undefined when the vendor knows none (yet) or cannot be asked. */
  find: (stream: string, input: WriteInput) => Promise<Receipt | undefined>;
  /** Records that bear the natural key of this create, whoever made them. */
  alike: (stream: string, input: WriteInput) => Promise<Receipt[]>;
  /** Listens until `signal`, where the stream can; says whether it can. */
  watch: (stream: string, input: { signal: AbortSignal; changed: () => void }) => Promise<boolean>;
  /** Asks the vendor to call `url`; undefined where it is not asked so. */
  subscribe: (input: { id: string; url: string; secret: string }) => Promise<Subscription | undefined>;
  /** Gives the vendor the token back that it sent; see `SubscriptionDefinition.confirm`. */
  confirmSubscription: (subscription: Subscription & { token: string }) => Promise<void>;
  unsubscribe: (subscription: Subscription) => Promise<void>;
  check: () => Promise<NamedCheck[]>;
  /** The vendor's page where a person lets the hub in. @throws ConnectorFailure CONFIG where people do not sign in */
  signInUrl: (request: SignInRequest) => Promise<string>;
  /** Ends a sign-in: what the vendor gives for the code is stored. */
  redeemSignIn: (answer: SignInAnswer) => Promise<void>;
  /** Closes the kept-alive sockets. */
  close: () => void;
}

/** Opens a connection of `connector`: no call is made before the first method. Throws CONFIG for settings that do not validate. */
export function openSession(connector: Connector, options: SessionOptions): ConnectorSession {
  const settings = validateSettings(connector.settings as new () => object, options.settings);
  const limit = typeof connector.throttle === 'function' ? connector.throttle(settings) : connector.throttle;
  const transport = createTransport({
    ...options,
    maxSockets: limit.concurrent,
    clientCertificate: clientCertificateOf(connector.auth, options.tokens),
  });
  const now = options.now ?? (() => new Date());
  const auth: AuthContext = { tokens: options.tokens, settings, now, post: postForm(transport) };
  const guard = { rules: egressRules(options.egress), ca: options.ca };
  const imap = connector.imap && imapConnection(connector.imap({ settings }), guard);
  const sftp = connector.sftp && sftpConnection(connector.sftp({ settings }), guard);
  const run = runner(connector, settings, { ...options, transport, limit, auth, imap, sftp, guard });
  const of = (stream: string): { received: ReceivedRecords } => ({ received: options.received?.(stream) ?? undeclared('received') });
  const withFiles = async (stream: string, records: RawRecord[]): Promise<RawRecord[]> => {
    const { download } = streamOf(connector, stream);
    if (!download) return records;
    return copyFiles(records, {
      store: options.files?.(stream),
      download: (externalId, file) => run('read', (context) => download({ ...context, ...of(stream), externalId, file })),
    });
  };
  return {
    async pull(stream, input) {
      const page = await run('read', (context) => streamOf(connector, stream).pull({ ...context, ...of(stream), ...input }));
      const records = await withFiles(stream, page.records);
      return records === page.records ? page : { ...page, records };
    },
    async fetch(stream, input) {
      const fetched = await run('read', (context) => streamOf(connector, stream).fetch({ ...context, ...of(stream), ...input }));
      if (fetched.state !== 'found') return fetched;
      const [record] = await withFiles(stream, [fetched.record]);
      return { state: 'found', record };
    },
    create: (stream, input) => run('write', (context) => ability(connector, stream, 'create')({ ...context, ...of(stream), ...input })),
    update: (stream, input) => run('write', (context) => ability(connector, stream, 'update')({ ...context, ...of(stream), ...input })),
    remove: (stream, input) => run('write', (context) => ability(connector, stream, 'remove')({ ...context, ...of(stream), ...input })),
    merge: (stream, input) => run('write', (context) => ability(connector, stream, 'merge')({ ...context, ...of(stream), ...input })),
    find: (stream, input) =>
      run('read', async (context) => pushOf(connector, stream).find.search?.({ ...context, ...of(stream), ...input })),
    alike: (stream, input) =>
      run('read', async (context) => (await pushOf(connector, stream).find.alike?.({ ...context, ...of(stream), ...input })) ?? []),
    watch: (stream, input) =>
      run('read', async (context) => {
        const { watch } = streamOf(connector, stream);
        await watch?.({ ...context, ...of(stream), ...input });
        return watch !== undefined;
      }),
    subscribe: (input) => run('write', async (context) => connector.subscription?.create({ ...context, ...input })),
    confirmSubscription: (subscription) =>
      run('write', async (context) => connector.subscription?.confirm?.({ ...context, ...subscription })),
    unsubscribe: (subscription) => run('write', async (context) => connector.subscription?.remove({ ...context, ...subscription })),
    check: () => run('read', (context) => connector.check(context)),
    signInUrl: (request) => run('read', () => signInOf(connector).url(auth, request)),
    redeemSignIn: (answer) => run('read', () => signInOf(connector).redeem(auth, answer)),
    close() {
      transport.close();
      imap?.close();
      sftp?.close();
    },
  };
}

type Mode = 'read' | 'write';
type Work<Result> = (context: ConnectorContext<object>) => Promise<Result>;
interface RunnerOptions extends SessionOptions {
  transport: ReturnType<typeof createTransport>;
  limit: Throttle;
  auth: AuthContext;
  imap?: ImapConnection;
  sftp?: SftpConnection;
  guard: Parameters<typeof imapConnection>[1];
}

function runner(connector: Connector, settings: object, options: RunnerOptions) {
  const { renew } = connector.auth;
  const { now } = options.auth;
  const { remaining } = options.limit;
  const account = `${connector.id}:${connector.account(settings)}`;
  const { concurrent } = options.limit;
  const shared = {
    transport:
      concurrent === undefined ? options.transport : inPlaces(options.transport, () => takePlace(options.budget, account, { concurrent })),
    admit: () => takeCall(options.budget, account, options.limit),
    exhausted: remaining && ((headers: Record<string, string>) => exhaustedMs(headers, now(), remaining)),
    block: (forMs: number) => options.budget.block(account, forMs),
    authorize: () => connector.auth.authorize(options.auth),
    renew: renew && ((refused: Authorization) => renew(options.auth, refused)),
    refuses: connector.refuses,
  };
  return async function run<Result>(mode: Mode, work: Work<Result>): Promise<Result> {
    const state = { writing: mode === 'write', wroteBefore: false };
    const judge = (failed: FailedCall) => judgeFailure(connector, failed, { ...state, now: now(), waitHeaders: options.limit.headers });
    const wrote = () => void (state.wroteBefore = true);
    const mail: MailParts = {
      ...shared,
      wrote,
      async judged(failed, method) {
        // A server that answered no did nothing; one that was not heard may have.
        const failure = judge({ ...failed, method, wrote: CHANGING.has(method) && failed.sent && failed.reply === undefined });
        if (failure.retryAfterMs !== undefined) await shared.block(failure.retryAfterMs);
        return failure;
      },
    };
    try {
      const http = connector.http
        ? createHttpClient({ ...shared, options: connector.http({ settings }), judge, wrote })
        : undeclared('http');
      const imap = options.imap?.client(mail) ?? undeclared('imap');
      const smtp = connector.smtp ? smtpClient(connector.smtp({ settings }), options.guard, mail) : undeclared('smtp');
      const sftp = options.sftp?.client(mail) ?? undeclared('sftp');
      return await work({ http, imap, smtp, sftp, settings, now } as ConnectorContext<object>);
    } catch (error) {
      throw asFailure(error, connector, state);
    }
  };
}

/** A transport of whose calls only so many are under way at the same time, whoever makes them. */
function inPlaces(transport: Transport, enter: () => Promise<{ leave: () => void }>): Transport {
  return {
    ...transport,
    async send(request) {
      const place = await enter();
      try {
        return await transport.send(request);
      } finally {
        place.leave();
      }
    },
  };
}

/** Commands that change something. */
const CHANGING = new Set(['APPEND', 'DATA', 'PUT']);

/** What the connector does not declare: whatever is asked of it is a fault of the connector's. */
function undeclared<Part extends object>(part: 'http' | 'imap' | 'smtp' | 'sftp' | 'received'): Part {
  const get = () => {
    throw new ConnectorFailure({ code: 'BUG', detail: `the connector uses ${part}, which it does not declare` });
  };
  return new Proxy({}, { get }) as Part;
}

/** A fault in connector code must not carry a payload outward: the message of a foreign error is dropped, its kind is kept. */
function asFailure(error: unknown, connector: Connector, state: { writing: boolean; wroteBefore: boolean }): ConnectorFailure {
  const outcomeUnknown = state.writing && state.wroteBefore;
  if (error instanceof ConnectorFailure)
    return error.outcomeUnknown || !outcomeUnknown ? error : new ConnectorFailure({ ...error, outcomeUnknown });
  const kind = error instanceof Error ? error.name : 'Error';
  return new ConnectorFailure({ code: 'BUG', outcomeUnknown, detail: `${kind} ${placeOf(error)} in connector ${connector.id}` });
}

function placeOf(error: unknown): string {
  const frame = error instanceof Error ? /([\w.-]+\.[cm]?[jt]s:\d+):\d+/.exec(error.stack ?? '') : null;
  return frame ? `at ${frame[1]}` : 'at an unknown place';
}

function signInOf({ id, auth }: Connector): SignIn {
  if (auth.signIn) return auth.signIn;
  throw new ConnectorFailure({
    code: 'CONFIG',
    detail: `people do not sign in for connector ${id}: it uses ${auth.credentials.join(', ') || 'no credentials'}`,
  });
}

function streamOf(connector: Connector, name: string): StreamDefinition<object> {
  const stream = Object.hasOwn(connector.streams, name) ? connector.streams[name] : undefined;
  if (!stream) throw new ConnectorFailure({ code: 'BUG', detail: `connector ${connector.id} has no stream ${name}` });
  return stream as StreamDefinition<object>;
}

function pushOf(connector: Connector, name: string): PushDefinition<object> {
  const { push } = streamOf(connector, name);
  if (!push) throw new ConnectorFailure({ code: 'CONFIG', detail: `stream ${name} of connector ${connector.id} cannot be written` });
  return push;
}

function ability<Verb extends 'create' | 'update' | 'remove' | 'merge'>(
  connector: Connector,
  name: string,
  verb: Verb,
): NonNullable<PushDefinition<object>[Verb]> {
  const able = pushOf(connector, name)[verb];
  if (!able) throw new ConnectorFailure({ code: 'CONFIG', detail: `stream ${name} of connector ${connector.id} cannot ${verb}` });
  return able as NonNullable<PushDefinition<object>[Verb]>;
}
