import { MISSING, SWAPPED_FIELDS, type Column, type Dataset } from './dataset.js';
import { FIELD_KINDS, SAYS_NOTHING, type FieldKind } from './field-kinds.js';
import { areNicknames, givenNameFamily } from './nicknames.js';
import type { ValueTable } from './value-table.js';

/** One line of a comparison vector. Its levels count from 1, least alike; 0 says that there is nothing to compare. */
export interface Comparison {
  name: string;
  levels: readonly string[];
  /** Absent for the order of two fields. */
  column?: Column;
  kind?: FieldKind;
}
/** Numbers of two columns that may stand in each other's place. */
export interface Swap {
  one: number;
  other: number;
}

const ORDER_LEVELS = ['half swapped', 'swapped, near', 'swapped, equal'] as const;
/** Similarity from which two texts of different fields count as one. */
export const NEAR = 0.87;

/** What two records of this data set are compared by: its columns, and whether two of them stand in each other's place. */
export function comparisonsOf(dataset: Dataset): Comparison[] {
  const fields: Comparison[] = dataset.columns.map((column) => {
    const kind = FIELD_KINDS[column.kind];
    return { name: column.name, levels: kind.levels, column, kind };
  });
  const orders = swapsOf(dataset).map(({ one, other }): Comparison => ({
    name: `${dataset.columns[one].name}/${dataset.columns[other].name}`,
    levels: ORDER_LEVELS,
  }));
  return [...fields, ...orders];
}

export function swapsOf({ columns }: Dataset): Swap[] {
  return SWAPPED_FIELDS.map(([a, b]) => ({
    one: columns.findIndex(({ kind }) => kind === a),
    other: columns.findIndex(({ kind }) => kind === b),
  })).filter(({ one, other }) => one >= 0 && other >= 0);
}

/** Compares pairs of one data set. `levels` and `values` are overwritten by every call. */
export class PairComparer {
  readonly comparisons: Comparison[];
  readonly levels: Uint8Array;
  /** The more common of the two values that gave each level, or `MISSING`. */
  readonly values: Int32Array;
  /** Columns that may hold what belongs into another one, and the others. */
  readonly swappable: number[];
  readonly fixed: number[];
  private readonly columns: Column[];
  private readonly kinds: FieldKind[];
  private readonly swaps: Swap[];
  /** First values of all columns, record by record: what a pair needs lies together. */
  private readonly cells: Int32Array;

  constructor(dataset: Dataset) {
    this.comparisons = comparisonsOf(dataset);
    this.levels = new Uint8Array(this.comparisons.length);
    this.values = new Int32Array(this.comparisons.length);
    this.columns = dataset.columns;
    this.kinds = dataset.columns.map(({ kind }) => FIELD_KINDS[kind]);
    this.swaps = swapsOf(dataset);
    this.swappable = this.swaps.flatMap(({ one, other }) => [one, other]);
    this.fixed = [...dataset.columns.keys()].filter((at) => !this.swappable.includes(at));
    const width = dataset.columns.length;
    this.cells = new Int32Array(dataset.size * width);
    dataset.columns.forEach(({ slots }, at) => slots[0].forEach((value, record) => (this.cells[record * width + at] = value)));
  }

  compare(a: number, b: number): void {
    for (let at = 0; at < this.columns.length; at++) this.compareField(at, a, b);
    this.compareOrders(a, b);
  }

  /** One field of `compare`; the order of two fields needs both of them first. */
  compareField(at: number, a: number, b: number): void {
    const { columns, cells, levels, values } = this;
    const width = columns.length;
    levels[at] = 0;
    values[at] = MISSING;
    const x = cells[a * width + at];
    const y = cells[b * width + at];
    if (x !== MISSING && y !== MISSING) this.raise(at, x, y);
    if (columns[at].slots.length > 1) this.compareSlots(at, a, b);
  }

  /** Compares a field for which no text has to be looked at: a value is missing, or both are equal. Says whether it is one. */
  comparePlain(at: number, a: number, b: number): boolean {
    const { columns, cells } = this;
    const width = columns.length;
    const x = cells[a * width + at];
    const y = cells[b * width + at];
    if ((x !== y && x !== MISSING && y !== MISSING) || columns[at].slots.length > 1) return false;
    this.compareField(at, a, b);
    return true;
  }

  compareOrders(a: number, b: number): void {
    for (let at = 0; at < this.swaps.length; at++) this.compareOrder(at, a, b);
  }

  private compareSlots(at: number, a: number, b: number): void {
    const { slots } = this.columns[at];
    for (let left = 0; left < slots.length; left++)
      for (let right = 0; right < slots.length; right++) {
        const x = slots[left][a];
        const y = slots[right][b];
        if (left + right > 0 && x !== MISSING && y !== MISSING) this.raise(at, x, y);
      }
  }

  /** Of records with several values the most alike two count. */
  private raise(at: number, x: number, y: number): void {
    const kind = this.kinds[at];
    const { table, counts } = this.columns[at];
    const found = x === y ? kind.levels.length - 1 : kind.compare(table, x, y);
    if (found === SAYS_NOTHING || found + 1 <= this.levels[at]) return;
    this.levels[at] = found + 1;
    this.values[at] = x === y || counts[x] >= counts[y] ? x : y;
  }

  /** Where two fields agree crosswise and not straight, only their order speaks: the two themselves say nothing more. */
  private compareOrder(at: number, a: number, b: number): void {
    const { levels, values, columns, cells } = this;
    const width = columns.length;
    const { one, other } = this.swaps[at];
    const order = width + at;
    levels[order] = 0;
    values[order] = MISSING;
    if (levels[one] > 2 || levels[other] > 2) return;
    const { table } = columns[one];
    const crossed = likeness(table, cells[a * width + one], cells[b * width + other]);
    const back = likeness(table, cells[a * width + other], cells[b * width + one]);
    if (crossed < NEAR && back < NEAR) return;
    levels[order] = crossed < NEAR || back < NEAR ? 1 : crossed === 1 && back === 1 ? 3 : 2;
    levels[one] = 0;
    levels[other] = 0;
  }
}

/** How alike two values of different fields are, 0 to 1; nicknames of one name are near. */
export function likeness(table: ValueTable, x: number, y: number): number {
  if (x === MISSING || y === MISSING) return 0;
  if (x === y) return 1;
  if (areNicknames(table.derived(x, givenNameFamily), table.derived(y, givenNameFamily))) return NEAR;
  return table.similarity(x, y, NEAR);
}
