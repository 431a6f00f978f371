import type { CanonicalValues, ObjectName } from '#hub/canonical';
import {
  ConnectorFailure,
  defineConnector,
  none,
  type Connector,
  type ConnectorCategory,
  type RawRecord,
  type StreamDefinition,
} from '#hub/connector-sdk';
import type { CompiledMapping, FieldRule, MapResult, ParentLink, RecordFailure } from '#hub/mapping';

/** One record as the paper vendor keeps it; `data` is already in canonical words, so that a test reads like what it proves. */
export interface PaperRecord {
  id: string;
  version: number;
  data: Record<string, unknown>;
  deleted?: boolean;
  mergedInto?: string;
  writeId?: string;
}

/** A vendor on paper: its whole state is here, a test is its user. Its lag, loss and refusals are switched per test. */
export class PaperVendor {
  readonly records = new Map<string, PaperRecord>();
  readonly log: PaperRecord[] = [];
  readonly writes: { verb: string; id: string; writeId?: string }[] = [];
  cursorLost = false;
  /** The next create takes effect and its answer is lost. */
  dropAfterCreate = 0;
  /** The next update takes effect and its answer is lost. */
  dropAfterUpdate = 0;
  /** What happens in the world when an update has taken effect. */
  afterUpdate: () => Promise<void> = () => Promise.resolve();
  refuseUpdates = false;
  /** What happens in the world when an update was sent that will never arrive; its answer is lost as well. */
  instead?: () => void;
  /** How the vendor spells what it is given. */
  rewrite: (data: Record<string, unknown>) => Record<string, unknown> = (data) => data;
  pageSize = 100;
  pulls = 0;
  beforePull: () => void = () => undefined;
  /** Names no versions, but answers a write with the record as it then is. */
  versionless = false;
  /** Until then reads show records as they were before the last update. */
  staleUntil = 0;
  /** The next merge takes effect and its answer is lost. */
  dropAfterMerge = 0;
  refuseMerges = false;
  /** How long reads do not show the next merge, ms. */
  mergeShownAfter = 0;
  /** What happens in the world once a read has been answered, before the answer arrives. */
  afterFetch: () => Promise<void> = () => Promise.resolve();
  private before = new Map<string, PaperRecord>();
  searches = 0;
  /** What happens in the world while a create is being searched for. */
  duringSearch: (writeId: string) => Promise<void> = () => Promise.resolve();

  /** What a read shows now. */
  shown(id: string): PaperRecord | undefined {
    return Date.now() < this.staleUntil ? (this.before.get(id) ?? this.records.get(id)) : this.records.get(id);
  }
  keepBefore(id: string): void {
    this.before.set(id, this.records.get(id) as PaperRecord);
  }
  put(id: string, data: Record<string, unknown>, writeId?: string): PaperRecord {
    const record = {
      id,
      version: (this.records.get(id)?.version ?? 0) + 1,
      data: this.rewrite(data),
      writeId: writeId ?? this.records.get(id)?.writeId,
    };
    this.records.set(id, record);
    this.log.push(record);
    return record;
  }
  edit(id: string, change: Record<string, unknown>): PaperRecord {
    return this.put(id, { ...this.records.get(id)?.data, ...change });
  }
  /** The one that is left keeps what it says, and the addresses of both. */
  merge(from: string, into: string): void {
    const [record, left] = [from, into].map((id) => this.records.get(id) as PaperRecord);
    for (const id of [from, into]) this.keepBefore(id);
    this.records.delete(from);
    this.log.push({ ...record, mergedInto: into });
    const emails = [left, record].flatMap(({ data }) => (data.emails as unknown[] | undefined) ?? []);
    this.edit(into, { ...record.data, ...left.data, emails });
  }
  remove(id: string): void {
    const record = { ...(this.records.get(id) as PaperRecord), deleted: true };
    this.records.delete(id);
    this.log.push(record);
  }
}

function rawOf(record: PaperRecord, vendor?: PaperVendor): RawRecord {
  if (record.mergedInto) return { externalId: record.id, payload: null, mergedInto: record.mergedInto };
  if (record.deleted) return { externalId: record.id, payload: null, deleted: true };
  return {
    externalId: record.id,
    ...(vendor?.versionless ? {} : { version: String(record.version) }),
    payload: { id: record.id, ...record.data, writeId: record.writeId ?? null },
  };
}

class NoSettings {}

export interface PaperStreamOptions {
  entity: ObjectName;
  deletes?: StreamDefinition<unknown>['deletes'];
  push?: boolean;
  after?: string[];
  find?: 'writeId' | 'none';
  visibleWithinMs?: number;
  createsOnce?: true;
  /** It lets the hub merge two records. */
  merges?: boolean;
  /** Creates are found again by what they say. */
  naturalKey?: string;
}

/** A connector over one vendor per stream. */
export function paperConnector(
  id: string,
  category: ConnectorCategory,
  streams: Record<string, PaperStreamOptions & { vendor: PaperVendor }>,
): Connector {
  return defineConnector({
    id,
    name: id,
    category,
    settings: NoSettings,
    auth: none(),
    http: () => ({ baseUrl: 'https://paper.invalid' }),
    throttle: { perSecond: 1_000_000 },
    account: () => id,
    classify: () => 'TRANSIENT',
    check: () => Promise.resolve([]),
    streams: Object.fromEntries(Object.entries(streams).map(([name, options]) => [name, streamOf(options)])),
  }) as Connector;
}

function streamOf(options: PaperStreamOptions & { vendor: PaperVendor }): StreamDefinition<unknown> {
  const { vendor } = options;
  return {
    entity: options.entity,
    cursor: { kind: 'token' },
    deletes: options.deletes ?? 'tombstone',
    after: options.after,
    pull: ({ cursor }) => {
      vendor.pulls += 1;
      vendor.beforePull();
      if (vendor.cursorLost && cursor !== undefined) {
        vendor.cursorLost = false;
        return Promise.reject(new ConnectorFailure({ code: 'CURSOR_EXPIRED', detail: 'the token is not known any more' }));
      }
      return Promise.resolve(cursor === undefined ? fullPage(vendor) : pageFrom(vendor, cursor));
    },
    fetch: async ({ externalId }) => {
      const record = vendor.shown(externalId);
      await vendor.afterFetch();
      return record ? { state: 'found', record: rawOf(record, vendor) } : { state: 'gone' };
    },
    ...(options.push === true ? { push: pushOf(options) } : {}),
  };
}

function fullPage(vendor: PaperVendor): { records: RawRecord[]; nextCursor: string; done: boolean } {
  return {
    records: [...vendor.records.values()].map((record) => rawOf(record, vendor)),
    nextCursor: `log:${vendor.log.length}`,
    done: true,
  };
}

function pageFrom(vendor: PaperVendor, cursor: string): { records: RawRecord[]; nextCursor: string; done: boolean } {
  const from = Number(cursor.split(':')[1]);
  const to = Math.min(vendor.log.length, from + vendor.pageSize);
  return {
    records: vendor.log.slice(from, to).map((record) => rawOf(record, vendor)),
    nextCursor: `log:${to}`,
    done: to === vendor.log.length,
  };
}

function pushOf(options: PaperStreamOptions & { vendor: PaperVendor }): NonNullable<StreamDefinition<unknown>['push']> {
  const { vendor } = options;
  return {
    effect: 'silent',
    createsOnce: options.createsOnce,
    create: ({ body, writeId }) => {
      const earlier = [...vendor.records.values()].find((record) => record.writeId === writeId);
      if (options.createsOnce && earlier) return Promise.resolve({ externalId: earlier.id, version: String(earlier.version) });
      const record = vendor.put(`made-${vendor.log.length}`, body, writeId);
      vendor.writes.push({ verb: 'create', id: record.id, writeId });
      if (vendor.dropAfterCreate > 0) {
        vendor.dropAfterCreate -= 1;
        return Promise.reject(new ConnectorFailure({ code: 'UNKNOWN_OUTCOME', detail: 'no answer', outcomeUnknown: true }));
      }
      return Promise.resolve({ externalId: record.id, version: String(record.version) });
    },
    update: async ({ externalId, body }) => {
      if (vendor.refuseUpdates) throw new ConnectorFailure({ code: 'PERMISSION', detail: 'only its creator may change it' });
      vendor.writes.push({ verb: 'update', id: externalId });
      if (vendor.instead) {
        vendor.instead();
        vendor.instead = undefined;
        throw new ConnectorFailure({ code: 'UNKNOWN_OUTCOME', detail: 'no answer', outcomeUnknown: true });
      }
      vendor.keepBefore(externalId);
      const record = vendor.put(externalId, { ...vendor.records.get(externalId)?.data, ...body });
      await vendor.afterUpdate();
      if (vendor.dropAfterUpdate > 0) {
        vendor.dropAfterUpdate -= 1;
        throw new ConnectorFailure({ code: 'UNKNOWN_OUTCOME', detail: 'no answer', outcomeUnknown: true });
      }
      return vendor.versionless ? { externalId, payload: rawOf(record).payload } : { externalId, version: String(record.version) };
    },
    merge: options.merges === true ? (sides) => mergeOnPaper(vendor, sides) : undefined,
    replaces: true,
    find: {
      by: options.naturalKey ? 'naturalKey' : (options.find ?? 'writeId'),
      visibleWithinMs: options.visibleWithinMs ?? 0,
      search: async ({ writeId }) => {
        vendor.searches += 1;
        const found = [...vendor.records.values()].find((record) => record.writeId === writeId);
        await vendor.duringSearch(writeId);
        return found && { externalId: found.id, version: String(found.version) };
      },
      alike: ({ body }) => {
        const says = (data: Record<string, unknown>) => JSON.stringify(data[options.naturalKey ?? '']);
        return Promise.resolve(
          [...vendor.records.values()]
            .filter(({ data }) => says(data) === says(body))
            .map(({ id, version }) => ({ externalId: id, version: String(version) })),
        );
      },
    },
  };
}

function mergeOnPaper(vendor: PaperVendor, { kept, dropped }: { kept: string; dropped: string }): Promise<void> {
  if (vendor.refuseMerges || !vendor.records.has(dropped) || !vendor.records.has(kept))
    return Promise.reject(new ConnectorFailure({ code: 'PERMISSION', detail: 'these two cannot be merged' }));
  vendor.writes.push({ verb: 'merge', id: dropped });
  vendor.merge(dropped, kept);
  vendor.staleUntil = Date.now() + vendor.mergeShownAfter;
  if (vendor.dropAfterMerge === 0) return Promise.resolve();
  vendor.dropAfterMerge -= 1;
  return Promise.reject(new ConnectorFailure({ code: 'UNKNOWN_OUTCOME', detail: 'no answer', outcomeUnknown: true }));
}

export interface PaperMappingOptions {
  connector: string;
  stream: string;
  into: ObjectName;
  fields: Record<
    string,
    { wins?: FieldRule['wins']; onBoth?: FieldRule['onBoth']; direction?: FieldRule['direction']; writePolicy?: FieldRule['writePolicy'] }
  >;
  version?: number;
  parents?: (payload: Record<string, unknown>) => ParentLink[];
  refuse?: (payload: Record<string, unknown>) => RecordFailure[];
  block?: (payload: Record<string, unknown>) => RecordFailure[];
  keepIf?: (payload: Record<string, unknown>) => boolean;
  createWhen?: (values: CanonicalValues) => boolean;
}

/** A mapping whose vendor paths are the canonical names. */
export function paperMapping(options: PaperMappingOptions): CompiledMapping {
  const fields: FieldRule[] = Object.entries(options.fields).map(([to, rule]) => ({
    to,
    from: to,
    wins: rule.wins ?? 'ats',
    onBoth: rule.onBoth ?? 'freeze',
    direction: rule.direction ?? 'both',
    writePolicy: rule.writePolicy ?? 'always',
    required: false,
    class: 'public',
  }));
  const outward = fields.filter((field) => field.direction !== 'in').map((field) => field.to);
  const inward = fields.filter((field) => field.direction !== 'out').map((field) => field.to);
  return {
    name: `${options.connector}.${options.stream}`,
    version: options.version ?? 1,
    digest: `paper:${options.version ?? 1}`,
    text: `# ${options.connector}.${options.stream}, on paper`,
    connector: options.connector,
    stream: options.stream,
    into: options.into,
    allows: [],
    fields,
    outward,
    written: outward,
    inward,
    places: inward.map((to) => ({
      to,
      from: to,
      pointer: `/${to}`,
      isIn: (payload) => typeof payload === 'object' && payload !== null && Object.hasOwn(payload, to),
    })),
    toCanonical: (payload): MapResult => {
      const record = payload as Record<string, unknown>;
      if (options.keepIf && !options.keepIf(record)) return { kind: 'excluded' };
      const failures = options.refuse?.(record) ?? [];
      if (failures.length > 0) return { kind: 'refused', failures };
      const blocked = options.block?.(record) ?? [];
      const values: CanonicalValues = {};
      for (const field of inward)
        if (field in record && !blocked.some((failure) => failure.field === field))
          values[field] = record[field] as CanonicalValues[string];
      const writeId = typeof record.writeId === 'string' ? record.writeId : undefined;
      return { kind: 'mapped', values, parents: options.parents?.(record) ?? [], writeId, blocked };
    },
    looksUp: false,
    needsParent: false,
    lookups: () => [],
    fromCanonical: (values) => Object.fromEntries(outward.filter((field) => field in values).map((field) => [field, values[field]])),
    outwardPaths: (names) => names,
    creates: options.createWhen !== undefined,
    shouldCreate: (values) => options.createWhen?.(values) ?? false,
    explain: (payload) => {
      const record = payload as Record<string, unknown>;
      const failures = [...(options.refuse?.(record) ?? []), ...(options.block?.(record) ?? [])];
      return inward.map((field) => ({
        to: field,
        from: field,
        steps: [],
        result: record[field] as CanonicalValues[string],
        failure: failures.find((failure) => failure.field === field),
      }));
    },
  };
}
