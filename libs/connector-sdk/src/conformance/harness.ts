import type { Connector, Fetched, RawRecord } from '../connector.js';
import type { ConnectorFailure } from '../failure.js';
import type { CanonicalValues, ObjectName } from '#hub/canonical';
import { memoryBudget, memoryFiles, memoryTokens } from '../memory-ports.js';
import type { Budget, FileStore, ReceivedStore } from '../ports.js';
import type { SampleCall } from './call-partner.js';
import { openSession, type ConnectorSession, type WriteInput } from '../session.js';
import type { FaultProxy } from './fault-proxy.js';

/** What a connector's spec provides so that the suite can run it against a real local server. */
export interface ConformanceHarness {
  stream: string;
  /** Starts the server, with at least one record in the stream. */
  start: () => Promise<ConformanceServer>;
}
export interface ConformanceServer {
  /** Origin of the real server; the suite puts its fault proxy in front. */
  url: string;
  /** A fault proxy for its protocol; without it, the one for HTTP. */
  startFaults?: () => Promise<FaultProxy>;
  /** Settings that point at the given origin. */
  settings: (origin: string) => object;
  /** Credentials as stored; their values must appear in no error. */
  credentials: Record<string, string>;
  /** How many records a full walk yields at least. */
  expectAtLeast: number;
  /** A cursor that the server issued, made unknown to it. Left out where cursors cannot be lost. */
  loseCursor?: (cursor: string) => string | Promise<string>;
  unknownId: string;
  /** The server lets anybody in. */
  takesAnyCredentials?: true;
  /** Its walks say nothing about changes: each reads everything. */
  readsAllAgain?: true;
  /** A delivery as the vendor sends it, of a record of this stream; `sign` makes its headers. */
  webhook?: { sample: Buffer; sign: (body: Buffer, secret: string, now: Date) => Record<string, string> };
  /** What the vendor calls now, and the token that it sent to have one confirmed; where the connector subscribes itself. */
  subscriptions?: { open: () => string[]; tokenOf?: (externalId: string) => string };
  /** The stream has records that bring files with them. */
  filesInside?: true;
  /** The stream has records with files; addresses of files are such paths of this server. */
  files?: { path: RegExp };
  /** The server merges one record of the stream into another, and says which; `told` is the body of the delivery by which alone it says so. */
  merge?: () => Promise<{ from: string; into: string; told?: unknown }>;
  /** Calls as partners make them, each of which brings something; they are made before the checks. */
  partner?: {
    calls: (SampleCall & { body: unknown })[];
    sign: (body: Buffer) => Record<string, string>;
    secret: string;
    /** What the hub knows. */
    record: (object: ObjectName, name: { ref: string } | { externalId: string }) => CanonicalValues | undefined;
  };
  write?: ConformanceWrites;
  /** Why its writes are proven elsewhere. */
  noWrites?: string;
  stop: () => Promise<void>;
}
/** Vendor-shaped bodies; `text` occurs in what is written and must be found in what is read back. */
export interface ConformanceWrites {
  create: (text: string) => Pick<WriteInput, 'body' | 'changed' | 'parents'>;
  update: (text: string) => Pick<WriteInput, 'body' | 'changed' | 'parents'>;
  newWriteId: () => string;
  /** Of what has a beginning and an end: bodies made of instants (ISO 8601, UTC), and the instants of what is read back. */
  times?: {
    create: (start: string, end: string) => Pick<WriteInput, 'body' | 'changed' | 'parents'>;
    read: (payload: unknown) => string[];
  };
  /** Default true. */
  removes?: boolean;
}

/** Everything that a check needs. */
export interface Kit {
  connector: Connector;
  stream: string;
  server: ConformanceServer;
  proxy: FaultProxy;
  /** What partners brought. */
  received: ReceivedStore;
  session: ConnectorSession;
  /** A further session, with a fresh budget unless one is given: for checks that block the account. */
  open: (input?: { credentials?: Record<string, string>; egress?: string[]; budget?: Budget; files?: FileStore }) => ConnectorSession;
  budget: () => Budget;
}
/** For checks of what never comes. */
export const TIMEOUT_MS = 700;
/** For all others: a busy machine is no fault of the connector's. */
const PATIENT_MS = 10_000;
const BODY_CAP = 1_000_000;
export const NOW = new Date('2026-11-30T09:00:00Z');

/** The connector with deadlines of the kit's, opened through the proxy. */
export function openKit(parts: Omit<Kit, 'session' | 'open' | 'budget'>, { hasty = false } = {}): Kit {
  const timeoutMs = hasty ? TIMEOUT_MS : PATIENT_MS;
  const { http, imap, smtp } = parts.connector;
  const connector: Connector = {
    ...parts.connector,
    ...(http && { http: (input) => ({ ...http(input), timeoutMs, maxBodyBytes: BODY_CAP }) }),
    ...(imap && { imap: (input) => ({ ...imap(input), timeoutMs, maxMessageBytes: BODY_CAP }) }),
    ...(smtp && { smtp: (input) => ({ ...smtp(input), timeoutMs }) }),
  };
  const copies = memoryFiles();
  const open: Kit['open'] = ({
    files = copies,
    credentials = { ...parts.server.credentials },
    egress = parts.proxy.hosts,
    budget = memoryBudget(),
  } = {}) =>
    openSession(connector, {
      settings: parts.server.settings(parts.proxy.url),
      tokens: memoryTokens(credentials),
      budget,
      egress,
      received: parts.received,
      files,
      now: () => NOW,
    });
  return { ...parts, connector, open, budget: memoryBudget, session: open() };
}

export interface Walked {
  records: RawRecord[];
  cursor?: string;
  /** The cursor after each page. */
  cursors: string[];
  pages: RawRecord[][];
}

/** A walk to its end; throws when it does not come to one. */
export async function walk({ session, stream }: Kit, cursor?: string): Promise<Walked> {
  const walked: Walked = { records: [], cursor, cursors: [], pages: [] };
  for (let pages = 1; pages <= 200; pages++) {
    const page = await session.pull(stream, { cursor: walked.cursor });
    walked.records.push(...page.records);
    walked.pages.push(page.records);
    walked.cursor = page.nextCursor ?? walked.cursor;
    if (walked.cursor !== undefined) walked.cursors.push(walked.cursor);
    if (page.done) return walked;
  }
  throw new Error('the walk does not end');
}

/** A record of the first walk that is there. */
export async function sampleOf(kit: Kit): Promise<RawRecord> {
  const sample = (await walk(kit)).records.find(({ deleted, mergedInto }) => !deleted && !mergedInto);
  if (!sample) throw new Error('the walk yields no record that is there');
  return sample;
}

export async function failureOf(work: Promise<unknown>): Promise<ConnectorFailure> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome === undefined) throw new Error('the call should have failed');
  return outcome as ConnectorFailure;
}

export function found(fetched: Fetched): RawRecord {
  if (fetched.state !== 'found') throw new Error(`the record should have been found, it is ${fetched.state}`);
  return fetched.record;
}
