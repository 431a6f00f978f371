import { randomUUID } from 'node:crypto';
import {
  RESOURCES,
  type ApiKey,
  type ArchiveReason,
  type BadRecord,
  type Resource,
  type Source,
  type Tables,
  type User,
  type Write,
} from './records.js';

/** A stored record. `order` is its place in a list, `revision` its last change; `hidden` delays what the API shows of it. */
export interface Row<T> {
  order: number;
  revision: number;
  value: T;
  /** Name of the API key that created it, if one did. */
  createdBy?: string;
  /** Until then the API shows `before`, or nothing for a record that did not exist. */
  hidden?: { until: number; before?: T };
}
export interface Extras {
  keys: ApiKey[];
  users: User[];
  sources: Source[];
  archiveReasons: ArchiveReason[];
  writes: Write[];
  bad: BadRecord[];
  merged: { from: string; into: string }[];
  deleted: { resource: Resource; id: string }[];
  webhooks: { url: string; secret: string }[];
  seeds: string[];
  /** Tokens and cursors of another generation have expired. */
  generation: string;
}
export interface Snapshot {
  revision: number;
  order: number;
  extras: Extras;
  tables: { [R in Resource]: Row<Tables[R]>[] };
}
type RowMaps = { [R in Resource]: Map<string, Row<Tables[R]>> };

const noExtras = (): Extras => ({
  keys: [],
  users: [],
  sources: [],
  archiveReasons: [],
  writes: [],
  bad: [],
  merged: [],
  deleted: [],
  webhooks: [],
  seeds: [],
  generation: randomUUID(),
});

/** Everything that the simulated ATS knows. Every change takes the next revision, and asks to be kept. */
export class Store {
  extras: Extras = noExtras();
  revision = 0;
  /** While it runs, changes are shown this much later: a read replica that lags. */
  lagMs = 0;
  onChange: () => void = () => undefined;
  private order = 0;
  private readonly tables = Object.fromEntries(RESOURCES.map((name) => [name, new Map()])) as unknown as RowMaps;

  rows<R extends Resource>(resource: R): Map<string, Row<Tables[R]>> {
    return this.tables[resource] as Map<string, Row<Tables[R]>>;
  }

  add<R extends Resource>(resource: R, value: Tables[R], createdBy?: string): Row<Tables[R]> {
    const row: Row<Tables[R]> = { order: ++this.order, revision: ++this.revision, value, createdBy };
    if (this.lagMs > 0) row.hidden = { until: Date.now() + this.lagMs };
    this.rows(resource).set(value.id, row);
    this.onChange();
    return row;
  }

  change<R extends Resource>(resource: R, id: string, value: Tables[R]): Row<Tables[R]> {
    const row = this.rows(resource).get(id);
    if (!row) throw new Error(`no ${resource} to change`);
    if (this.lagMs > 0) row.hidden = { until: Date.now() + this.lagMs, before: shown(row) };
    row.value = value;
    row.revision = ++this.revision;
    this.onChange();
    return row;
  }

  remove(resource: Resource, id: string): boolean {
    if (!this.rows(resource).delete(id)) return false;
    this.revision += 1;
    this.extras.deleted.push({ resource, id });
    this.onChange();
    return true;
  }

  find<R extends Resource>(resource: R, id: string): Tables[R] | undefined {
    return this.rows(resource).get(id)?.value;
  }

  /** What the API shows now, which lags behind `find` while a lag fault lasts. */
  see<R extends Resource>(resource: R, id: string): Tables[R] | undefined {
    const row = this.rows(resource).get(id);
    return row && shown(row);
  }

  all<R extends Resource>(resource: R): Tables[R][] {
    return [...this.rows(resource).values()].map((row) => row.value);
  }

  snapshot(): Snapshot {
    const tables = Object.fromEntries(RESOURCES.map((name) => [name, [...this.rows(name).values()]])) as unknown as Snapshot['tables'];
    return { revision: this.revision, order: this.order, extras: this.extras, tables };
  }

  restore(snapshot: Snapshot): void {
    this.revision = snapshot.revision;
    this.order = snapshot.order;
    this.extras = { ...noExtras(), ...snapshot.extras };
    for (const name of RESOURCES) this.restoreTable(name, snapshot.tables[name] as Row<Tables[typeof name]>[]);
  }

  private restoreTable<R extends Resource>(resource: R, rows: Row<Tables[R]>[]): void {
    const map = this.rows(resource);
    map.clear();
    for (const row of rows) map.set(row.value.id, row);
  }
}

export function shown<T>(row: Row<T>): T | undefined {
  return row.hidden && row.hidden.until > Date.now() ? row.hidden.before : row.value;
}
