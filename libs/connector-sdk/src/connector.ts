import type { FailureCode, ObjectName } from '#hub/canonical';
import type { Throttle } from './throttle.js';
import type { AuthScheme } from './auth/scheme.js';
import type { ReceivedFile } from './files/file-of.js';
import type { Downloaded, HttpClient, HttpOptions, VendorResponse } from './http.js';
import type { ImapClient } from './mail/imap-client.js';
import type { MailReply } from './mail/mail-failure.js';
import type { MailServer } from './mail/mail-server.js';
import type { PartnerApi } from './partners/partner-api.js';
import type { ReceivedRecords } from './ports.js';
import type { SmtpClient } from './mail/smtp-client.js';
import type { SftpClient } from './sftp/sftp-client.js';
import type { SftpServer } from './sftp/sftp-server.js';
import type { KnownSender } from './webhooks/known-senders.js';

/** One vendor record as pulled. `payload` is the vendor's own JSON-serialisable shape; the mapping reads it. */
export interface RawRecord {
  externalId: string;
  payload: unknown;
  /** Opaque and comparable only for equality (an ETag), unless the stream declares `versions: 'ordered'`. */
  version?: string;
  /** The vendor says that the record is gone; `payload` may be null. */
  deleted?: true;
  /** This id was merged into that one by the vendor: an alias, never a delete. */
  mergedInto?: string;
  /** Its files: they are copied, and the payload gets `files` with what is known of each. */
  files?: VendorFile[];
  /** Files that came with it; its payload names each by `sha256`. They are kept if the record is. */
  contents?: ReceivedFile[];
}

/** A file of a record, as its vendor names it. Where it can be read now is part of no payload: addresses run out. */
export interface VendorFile {
  /** Stays the same while the content does. */
  id: string;
  filename: string;
  mime?: string;
  /** What it is, in the vendor's or the connector's words. */
  kind?: string;
  /** What `download` needs to find it now; never stored. */
  handle?: string;
}

export interface PulledPage {
  records: RawRecord[];
  /** Versions under which nothing is found any more: the records that had them are asked for by id, and that answer counts. */
  vanished?: string[];
  /** Opaque; stored with the records of this page and handed back to the next pull, in this walk or in the next run. */
  nextCursor?: string;
  /** True on the last page of a walk. */
  done: boolean;
}

/** What a fresh read of one record says. */
export type Fetched = { state: 'found'; record: RawRecord } | { state: 'gone' } | { state: 'moved'; movedTo: string };

/** What a write returned; the engine reads the record back afterwards, so no values are needed. */
export interface Receipt {
  externalId: string;
  version?: string;
  /** The record as the answer to the write shows it: our values in the vendor's spelling. Where no version tells, it tells what was edited since. */
  payload?: unknown;
}

export type CursorKind = 'window' | 'token' | 'link' | 'history' | 'modseq' | 'queue';
export interface CursorDefinition {
  kind: CursorKind;
  /** What one cursor speaks for at the vendor; default: the stream. */
  scope?: 'account' | 'calendar' | 'folder' | 'collection' | 'stream';
  /** How far a walk reaches back behind the end of the last one, ms. */
  overlapMs?: number;
}
export type DeleteKind = 'event' | 'tombstone' | 'full-scan' | 'none';
export type Effect = 'silent' | 'notifies-a-person' | 'legally-binding' | 'moves-money';
export type ConnectorCategory =
  'ats' | 'calendar' | 'mail' | 'messaging' | 'job-board' | 'assessment' | 'background-check' | 'e-sign' | 'hris' | 'crm';

export interface ConnectorContext<Settings> {
  http: HttpClient;
  imap: ImapClient;
  smtp: SmtpClient;
  sftp: SftpClient;
  settings: Settings;
  now: () => Date;
}
interface StreamContext<Settings> extends ConnectorContext<Settings> {
  /** What partners brought to this stream. */
  received: ReceivedRecords;
}
export interface PullContext<Settings> extends StreamContext<Settings> {
  /** Absent: a full enumeration from the start of the history window. */
  cursor?: string;
  /** Lower bound of the history window, first sync and full walks only. */
  since?: Date;
}
interface WatchContext<Settings> extends StreamContext<Settings> {
  signal: AbortSignal;
  changed: () => void;
}
export interface RecordContext<Settings> extends StreamContext<Settings> {
  externalId: string;
  /** External ids of the parents in the same connection, by role (`application`, `candidate`, `job`), where the hub knows them. */
  parents: Record<string, string>;
}
export interface WriteContext<Settings> extends StreamContext<Settings> {
  /** Vendor-shaped body, made by the mapping. On an update it holds all outward fields; `changed` names the vendor paths that differ. */
  body: Record<string, unknown>;
  changed: string[];
  writeId: string;
  parents: Record<string, string>;
}
export interface UpdateContext<Settings> extends WriteContext<Settings> {
  externalId: string;
  version?: string;
  current: unknown;
}
export interface RemoveContext<Settings> extends StreamContext<Settings> {
  externalId: string;
  version?: string;
  parents: Record<string, string>;
}

export interface MergeContext<Settings> extends StreamContext<Settings> {
  /** External ids: `dropped` becomes part of `kept`, and is `moved` or `gone` to every read from then on. */
  kept: string;
  dropped: string;
}

export interface FindDefinition<Settings> {
  by: 'writeId' | 'naturalKey' | 'none';
  /** How long a created record may stay invisible to a search, in ms; after an unknown outcome the search repeats until it has passed. A merge shows as late. */
  visibleWithinMs: number;
  /** By write id: the record that bears it. */
  search?: (context: WriteContext<Settings>) => Promise<Receipt | undefined>;
  /** By natural key: all that bear it. Those that the hub knew before its create are not taken for it. */
  alike?: (context: WriteContext<Settings>) => Promise<Receipt[]>;
}
export interface PushDefinition<Settings> {
  effect: Effect;
  create?: (context: WriteContext<Settings>) => Promise<Receipt>;
  update?: (context: UpdateContext<Settings>) => Promise<Receipt>;
  remove?: (context: RemoveContext<Settings>) => Promise<void>;
  /** Makes one record of two, for good. Left out where the vendor lets only people do that: then the hub asks them to. */
  merge?: (context: MergeContext<Settings>) => Promise<void>;
  /** The vendor refuses an update whose `version` is not the record's any more. Where it does not, the hub reads the record right before it writes. */
  guardsVersions?: true;
  /** The vendor itself makes no second record of a create that is repeated with its write id. Where it does, the hub searches before each create. */
  createsOnce?: true;
  /** An update sends the whole `body`, with fields that did not change. Nothing is written while one of them there is not understood. */
  replaces?: true;
  find: FindDefinition<Settings>;
}
export interface StreamDefinition<Settings> {
  entity: ObjectName;
  cursor: CursorDefinition;
  deletes: DeleteKind;
  /** `ordered`: versions compare as text, older ones are dropped; `opaque` (default): only equality means anything. */
  versions?: 'ordered' | 'opaque';
  /** Partners bring its records, see `receivedStream`: the vendor is not asked for them. */
  received?: true;
  /** Streams of the same connector whose records are parents of these: they are synced first. */
  after?: string[];
  pull: (context: PullContext<Settings>) => Promise<PulledPage>;
  fetch: (context: RecordContext<Settings>) => Promise<Fetched>;
  /** Reads a file of a record; `downloadFrom` asks again for an address that ran out. */
  download?: (context: StreamContext<Settings> & { externalId: string; file: VendorFile }) => Promise<Downloaded>;
  /** Listens to a line that the vendor keeps open, until `signal`; calls `changed` when a walk would find something. Throws when the line breaks. */
  watch?: (context: WatchContext<Settings>) => Promise<void>;
  push?: PushDefinition<Settings>;
}

/** Why a call failed, before and after classification. `detail` is safe to show: no payload, no secret, no personal data. */
export interface CallFailure {
  status?: number;
  /** Lower-case names. */
  headers?: Record<string, string>;
  body?: unknown;
  /** Node or axios error code (`ECONNRESET`, `ETIMEDOUT`, …) when no response arrived. */
  errno?: string;
  /** A request was sent and its answer never came: for a write, the outcome is unknown. */
  sent: boolean;
  method: string;
  /** What a mail server said no with. */
  reply?: MailReply;
}
export interface Classified {
  code: FailureCode;
  detail?: string;
  field?: string;
  retryAfterMs?: number;
}

/** How a vendor tells of changes: what `knownSenders` has of it, and which records a delivery is about. */
export interface WebhookDefinition extends KnownSender {
  /**
   * Without `externalId` the vendor only says that something changed: a walk will find what.
   * `movedTo`: the vendor says that this record was merged into that one; believed only once the old id is gone.
   */
  hints: (body: unknown) => { stream: string; externalId?: string; movedTo?: string }[];
}
/** What the vendor keeps for us: it calls `url` until `expiresAt`, or until it is told to stop. */
export interface Subscription {
  externalId: string;
  /** What the vendor wants to hear when it is told to stop. */
  details?: Record<string, string>;
  expiresAt?: Date;
}
/** How the hub asks a vendor to call it; the hub keeps one subscription alive for each active connection. */
export interface SubscriptionDefinition<Settings> {
  /** How long before its end a new one is made, ms. */
  renewBeforeMs: number;
  /** `id` is new for every attempt; every call that comes of it must prove itself with `secret`. */
  create: (context: ConnectorContext<Settings> & { id: string; url: string; secret: string }) => Promise<Subscription>;
  /** Of a sender that asks to be confirmed (`webhook.confirmation`): gives it its token back. What it refuses was not its token, and is believed by nobody. */
  confirm?: (context: ConnectorContext<Settings> & Subscription & { token: string }) => Promise<void>;
  /** Of one that is gone already, it is done. */
  remove: (context: ConnectorContext<Settings> & Subscription) => Promise<void>;
}
export interface NamedCheck {
  name: string;
  ok: boolean;
  detail: string;
}

export interface ConnectorDefinition<Settings extends object> {
  id: string;
  name: string;
  category: ConnectorCategory;
  /** A class-validator class: form, documentation and validation. */
  settings: new () => Settings;
  auth: AuthScheme;
  /** The transports that it speaks; calling one that is not declared is a BUG. */
  http?: (input: { settings: Settings }) => HttpOptions;
  imap?: (input: { settings: Settings }) => MailServer;
  smtp?: (input: { settings: Settings }) => MailServer;
  sftp?: (input: { settings: Settings }) => SftpServer;
  throttle: Throttle | ((settings: Settings) => Throttle);
  /** Identifies the vendor account whose budget all connections and workers share. */
  account: (settings: Settings) => string;
  classify: (failure: CallFailure) => FailureCode | Classified;
  /** A 2xx that says no: some vendors answer 200 with an error body. Returns the failure to classify, or nothing. */
  refuses?: (response: VendorResponse) => CallFailure | undefined;
  check: (context: ConnectorContext<Settings>) => Promise<NamedCheck[]>;
  streams: Record<string, StreamDefinition<Settings>>;
  webhook?: WebhookDefinition;
  /** What partners call on us. */
  partnerApi?: PartnerApi<Settings>;
  /** Left out where people set up the webhook at the vendor. */
  subscription?: SubscriptionDefinition<Settings>;
}
export type Connector = ConnectorDefinition<any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- a registry of connectors whose settings differ

/** Declares a connector: data first, functions last; see `house.md` §6 for the shape. */
export function defineConnector<Settings extends object>(definition: ConnectorDefinition<Settings>): ConnectorDefinition<Settings> {
  return Object.freeze(definition);
}
