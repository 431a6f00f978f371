export interface TokenReader {
  /** Undefined when the credential was never stored. */
  read: (field: string) => Promise<string | undefined>;
}
/** Credentials while nobody else may change them; what is written is stored when the work is done. */
export interface HeldTokens extends TokenReader {
  write: (field: string, value: string) => Promise<void>;
}
/** Credentials of one connection, read at use time; governance implements it over persistence. Values are never logged. */
export interface TokenStore extends TokenReader {
  /** Runs `work` in one process at a time. It resolves once all that was written is stored; when it throws, nothing is. */
  alone: <Result>(work: (held: HeldTokens) => Promise<Result>) => Promise<Result>;
}

/** What a partner's call brought, as the hub keeps it. */
export interface ReceivedRecord {
  externalId: string;
  payload: unknown;
  /** Changes with every write; comparable only for equality. */
  version: string;
  /** When it came first. */
  receivedAt: Date;
}
/** What partners brought to one stream, in the order in which it came; persistence implements it. */
export interface ReceivedRecords {
  /** What came, or came again, after that place (`'0'`: the start); `last` is the place of its last record. */
  page: (after: string) => Promise<{ records: ReceivedRecord[]; last?: string; more: boolean }>;
  read: (externalId: string) => Promise<ReceivedRecord | undefined>;
  /** Keeps it, in place of what was there under its id. */
  write: (externalId: string, payload: unknown) => Promise<void>;
}
/** By the name of a stream. */
export type ReceivedStore = (stream: string) => ReceivedRecords;

/** What is known of one file of a record. */
export interface KnownFile {
  /** The vendor's. */
  id: string;
  copy?: { mime: string; size: number; sha256: string };
  /** It could not be had, and it is not its turn yet. */
  waits: boolean;
}
/** The hub's copies of the files of one stream's records; persistence implements it. */
export interface RecordFiles {
  known: (externalIds: string[]) => Promise<Map<string, KnownFile[]>>;
  keep: (externalId: string, file: { id: string; sha256: string; mime: string; bytes: Buffer }) => Promise<void>;
  /** It could not be had: the record is read again later. */
  missed: (externalId: string, fileId: string, code: string) => Promise<void>;
}
/** By the name of a stream. */
export type FileStore = (stream: string) => RecordFiles;

/** Calls allowed per vendor account, shared by all workers; persistence implements it. Times by the database clock. */
export interface Budget {
  /** Takes one call; resolves to the ms to wait before it may be made (0 = now). A wait means that nothing was taken. */
  take: (account: string, limit: { perSecond: number }) => Promise<number>;
  /** The vendor said not before: nobody calls this account until then. */
  block: (account: string, forMs: number) => Promise<void>;
  /** Takes one of the places for calls at the same time; undefined while all are taken. The place is kept until `leave`, or until its holder dies. */
  enter: (account: string, limit: { concurrent: number }) => Promise<{ leave: () => void } | undefined>;
}
