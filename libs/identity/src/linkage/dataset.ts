import { FIELD_KINDS, type FieldKindName } from './field-kinds.js';
import { splitName, takeGeneration } from './split-name.js';
import { ValueTable } from './value-table.js';

/** Which column holds what: `fullName` is split into a given and a family name, several columns of one kind are alternatives; `id` names the record. */
export type FieldMap = Readonly<Record<string, FieldKindName | 'fullName' | 'id'>>;
/** Texts by column; a list holds alternatives, such as two phones. */
export type Row = Readonly<Record<string, string | readonly string[] | undefined>>;

/** No value. */
export const MISSING = -1;

/** One field of all records; a record with several values (two phones) uses further slots. */
export interface Column {
  name: string;
  kind: FieldKindName;
  table: ValueTable;
  /** Per slot, the number of the value in `table` for every record. */
  slots: Int32Array[];
  /** How many records hold each value, by its number. */
  counts: Uint32Array;
  /** How many records hold any value. */
  filled: number;
}

/** Records in columns of numbered values. `source` numbers the file of each record: records of one file are compared only where `within` says so. */
export interface Dataset {
  size: number;
  /** In rising order: the records' numbers, and all that is learned from them, do not depend on the order in which they came. */
  ids: string[];
  /** For every record, as how many-eth it was added, from 0. */
  arrivals: Int32Array;
  columns: Column[];
  source: Int32Array;
  within: boolean;
}

export interface DatasetOptions {
  /** `false`: each file holds nobody twice, so only records of different files are compared. */
  within: boolean;
}

/** Collects rows, in the order in which they come, into a data set. */
export class DatasetBuilder {
  private readonly columns: GrowingColumn[] = [];
  private readonly fields: { header: string; targets: GrowingColumn[] }[];
  private readonly source: number[] = [];
  private readonly ids: string[] = [];
  private readonly idHeader?: string;
  private readonly generation?: GrowingColumn;

  constructor(map: FieldMap) {
    this.idHeader = Object.keys(map).find((header) => map[header] === 'id');
    this.fields = Object.entries(map).flatMap(([header, kind]) => {
      if (kind === 'id') return [];
      const kinds = kind === 'fullName' ? (['givenName', 'familyName'] as const) : [kind];
      return [{ header, targets: kinds.map((one) => this.columnFor(one, header)) }];
    });
    if (this.columns.some(({ kind }) => isName(kind))) this.generation = this.columnFor('generation', 'generation');
  }

  add(row: Row, source = 0): void {
    const at = this.source.push(source) - 1;
    const id = this.idHeader === undefined ? undefined : row[this.idHeader];
    this.ids.push(typeof id === 'string' ? id : String(at).padStart(10, '0'));
    for (const column of this.columns) column.open(at);
    for (const { header, targets } of this.fields) {
      const value = row[header];
      if (value === undefined || value === '') continue;
      if (typeof value === 'string') this.putText(at, { text: value, targets });
      else for (const text of value) if (text !== '') this.putText(at, { text, targets });
    }
  }

  private putText(at: number, { text, targets }: { text: string; targets: GrowingColumn[] }): void {
    if (isName(targets[0].kind)) this.putName(at, { text, targets });
    else targets[0].put(at, text);
  }

  private putName(at: number, { text, targets }: { text: string; targets: GrowingColumn[] }): void {
    const { name, generation } = takeGeneration(text);
    this.generation?.put(at, generation);
    if (targets.length === 1) targets[0].put(at, name);
    else splitName(name).forEach((part, index) => targets[index].put(at, part));
  }

  build({ within }: DatasetOptions): Dataset {
    const { ids, source } = this;
    const order = ids.map((_, at) => at).sort((a, b) => source[a] - source[b] || (ids[a] < ids[b] ? -1 : ids[a] > ids[b] ? 1 : a - b));
    return {
      size: order.length,
      ids: order.map((at) => ids[at]),
      arrivals: Int32Array.from(order),
      columns: this.columns.map((column) => column.close(order)).filter(({ filled }) => filled > 0),
      source: Int32Array.from(order, (at) => source[at]),
      within,
    };
  }

  /** Fields that may stand in each other's place share a table, so that it is seen. */
  private columnFor(kind: FieldKindName, header: string): GrowingColumn {
    const name = kind === 'text' ? header : kind;
    const known = this.columns.find((column) => column.name === name);
    if (known) return known;
    const rivals = SWAPPED_FIELDS.find((pair) => pair.includes(kind)) ?? [];
    const table = this.columns.find((column) => rivals.includes(column.kind))?.table ?? new ValueTable();
    const made = new GrowingColumn(name, kind, table);
    this.columns.push(made);
    return made;
  }
}

/** Two fields that people fill in the wrong way round. */
export const SWAPPED_FIELDS: readonly (readonly FieldKindName[])[] = [
  ['givenName', 'familyName'],
  ['street', 'addressLine'],
];

function isName(kind: FieldKindName): boolean {
  return kind === 'givenName' || kind === 'familyName';
}

const FIRST_ROOM = 1_024;
class GrowingColumn {
  /** As wide as the records so far, or wider; what is not filled is `MISSING`. */
  private readonly slots = [new Int32Array(FIRST_ROOM).fill(MISSING)];

  constructor(
    readonly name: string,
    readonly kind: FieldKindName,
    readonly table: ValueTable,
  ) {}

  open(at: number): void {
    if (at < this.slots[0].length) return;
    for (const [number, slot] of this.slots.entries()) {
      const wider = new Int32Array(slot.length * 2).fill(MISSING, slot.length);
      wider.set(slot);
      this.slots[number] = wider;
    }
  }

  put(at: number, text: string): void {
    const normal = FIELD_KINDS[this.kind].normalise(text);
    if (normal === '') return;
    const id = this.table.intern(normal);
    for (const slot of this.slots) {
      if (slot[at] === id) return;
      if (slot[at] !== MISSING) continue;
      slot[at] = id;
      return;
    }
    const slot = new Int32Array(this.slots[0].length).fill(MISSING);
    slot[at] = id;
    this.slots.push(slot);
  }

  close(order: number[]): Column {
    const counts = new Uint32Array(this.table.size);
    const slots = this.slots.map((slot) => Int32Array.from(order, (at) => slot[at]));
    let filled = 0;
    for (let at = 0; at < order.length; at++) {
      if (slots[0][at] !== MISSING) filled += 1;
      for (const slot of slots) if (slot[at] !== MISSING) counts[slot[at]] += 1;
    }
    const { name, kind, table } = this;
    return { name, kind, table, slots, counts, filled };
  }
}
