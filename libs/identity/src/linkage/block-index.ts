import { BLOCKING_KEYS, plan, visitKeyTexts, type PlannedKey } from './blocking.js';
import type { Dataset } from './dataset.js';
import { HashTable } from './hash-table.js';

/** A key that more records hold says little and costs much. */
const LARGEST_BLOCK = 200;
/** Caps for keys that identify nobody: the largest is taken whose pairs can be afforded, so many for each record, or so many in all. */
const CAPS = [LARGEST_BLOCK, 140, 100, 70, 50, 35, 25];
const PAIRS_PER_RECORD = 15;
const PAIRS_IN_ALL = 2_000_000;

/** Which records share keys. Blocks of one record, and blocks above the cap, are left out; the cap depends on all records, not on their order. */
export interface BlockIndex {
  /** Per record, from `starts[at]` to `starts[at + 1]`, the numbers of its blocks. */
  starts: Int32Array;
  blocksOf: Int32Array;
  /** Per block, from `firsts[block]` to `firsts[block + 1]`, its records in rising order. */
  firsts: Int32Array;
  members: Int32Array;
  /** Which columns the block's key is made of, as a bit mask. */
  fields: Int32Array;
}

/** The records of one key kind and their blocks, in the order of the records. */
interface Entries {
  records: Int32Array;
  blocks: Int32Array;
}
interface SizedBlocks extends Entries {
  sizes: Int32Array;
}
/** Blocks of one key kind. */
interface KindOfBlocks extends SizedBlocks {
  /** Which columns its key is made of, as a bit mask. */
  fields: number;
  identifies: boolean;
}

export function indexBlocks(dataset: Dataset): BlockIndex {
  const table = new HashTable(dataset.size);
  const scratch = new Scratch(dataset.size);
  const kinds = plan(dataset).map((planned) => blocksOfKey(dataset, { planned, table, scratch }));
  const cap = capFor(kinds, dataset.size);
  const kept: KindOfBlocks[] = [];
  let count = 0;
  for (const kind of kinds) {
    kept.push(withinCap(kind, { cap, from: count }));
    count += kept[kept.length - 1].sizes.length;
  }
  return { ...byRecord(dataset.size, kept), ...byBlock(kept, count) };
}

/** Room for the entries of one key kind after the other. */
class Scratch {
  private length = 0;
  private records: Int32Array;
  private blocks: Int32Array;

  constructor(expected: number) {
    this.records = new Int32Array(Math.max(16, expected));
    this.blocks = new Int32Array(this.records.length);
  }

  clear(): void {
    this.length = 0;
  }

  /** Until the next `clear`. */
  entries(): Entries {
    return { records: this.records.subarray(0, this.length), blocks: this.blocks.subarray(0, this.length) };
  }

  push(record: number, block: number): void {
    if (this.length === this.records.length) {
      this.records = widened(this.records);
      this.blocks = widened(this.blocks);
    }
    this.records[this.length] = record;
    this.blocks[this.length++] = block;
  }
}

function widened(numbers: Int32Array): Int32Array {
  const wider = new Int32Array(numbers.length * 2);
  wider.set(numbers);
  return wider;
}

function blocksOfKey(
  dataset: Dataset,
  { planned, table, scratch }: { planned: PlannedKey; table: HashTable; scratch: Scratch },
): KindOfBlocks {
  table.clear();
  scratch.clear();
  for (let at = 0; at < dataset.size; at++) visitKeyTexts(at, planned, (text) => scratch.push(at, table.number(hashText(text))));
  const all = { ...scratch.entries(), sizes: new Int32Array(table.size) };
  for (const block of all.blocks) all.sizes[block] += 1;
  return {
    ...chosen(all, { from: 0, isChosen: (size) => size >= 2 && size <= LARGEST_BLOCK }),
    fields: planned.columns.reduce((bits, column) => bits | (1 << dataset.columns.indexOf(column)), 0),
    identifies: BLOCKING_KEYS[planned.key].identifies,
  };
}

/** The blocks of a size that counts, numbered anew. */
function chosen(
  { records, blocks, sizes }: SizedBlocks,
  { from, isChosen }: { from: number; isChosen: (size: number) => boolean },
): SizedBlocks {
  let next = from;
  const numbers = sizes.map((size) => (isChosen(size) ? next++ : -1));
  const keptSizes = sizes.filter(isChosen);
  const total = keptSizes.reduce((sum, size) => sum + size, 0);
  const kept = { records: new Int32Array(total), blocks: new Int32Array(total), sizes: keptSizes };
  let filled = 0;
  for (let entry = 0; entry < records.length; entry++) {
    const number = numbers[blocks[entry]];
    if (number < 0) continue;
    kept.records[filled] = records[entry];
    kept.blocks[filled++] = number;
  }
  return kept;
}

/** The largest cap whose blocks cost no more than their share: small data sets can afford what a million records cannot. */
function capFor(kinds: KindOfBlocks[], records: number): number {
  const affordable = CAPS.find((cap) => {
    let pairs = 0;
    for (const { sizes, identifies } of kinds) if (!identifies) for (const size of sizes) if (size <= cap) pairs += (size * (size - 1)) / 2;
    return pairs <= Math.max(PAIRS_PER_RECORD * records, PAIRS_IN_ALL);
  });
  return affordable ?? CAPS[CAPS.length - 1];
}

function withinCap(kind: KindOfBlocks, { cap, from }: { cap: number; from: number }): KindOfBlocks {
  return { ...kind, ...chosen(kind, { from, isChosen: (size) => kind.identifies || size <= cap }) };
}

function byRecord(size: number, kinds: Entries[]): Pick<BlockIndex, 'starts' | 'blocksOf'> {
  const starts = new Int32Array(size + 1);
  for (const { records } of kinds) for (const record of records) starts[record + 1] += 1;
  for (let at = 0; at < size; at++) starts[at + 1] += starts[at];
  const next = starts.slice();
  const blocksOf = new Int32Array(starts[size]);
  for (const { records, blocks } of kinds)
    for (let entry = 0; entry < records.length; entry++) blocksOf[next[records[entry]]++] = blocks[entry];
  return { starts, blocksOf };
}

function byBlock(kinds: KindOfBlocks[], count: number): Pick<BlockIndex, 'firsts' | 'members' | 'fields'> {
  const firsts = new Int32Array(count + 1);
  const fields = new Int32Array(count);
  let block = 0;
  for (const kind of kinds)
    for (const size of kind.sizes) {
      fields[block] = kind.fields;
      firsts[block + 1] = firsts[block++] + size;
    }
  const next = firsts.slice();
  const members = new Int32Array(firsts[count]);
  for (const { records, blocks } of kinds)
    for (let entry = 0; entry < records.length; entry++) members[next[blocks[entry]]++] = records[entry];
  return { firsts, members, fields };
}

/** Says whether two records share a block. */
export function shareBlock({ starts, blocksOf }: BlockIndex, a: number, b: number): boolean {
  for (let entry = starts[a]; entry < starts[a + 1]; entry++)
    if (blocksOf.subarray(starts[b], starts[b + 1]).includes(blocksOf[entry])) return true;
  return false;
}

/** Finds, for one record after the other, those it has to be compared with. */
export class CandidateFinder {
  /** Per record, the columns that a key shared with it leaves out; 0 for no candidate. */
  private readonly free: Int32Array;
  private readonly found: number[] = [];

  constructor(
    private readonly dataset: Dataset,
    private readonly index: BlockIndex,
  ) {
    this.free = new Int32Array(dataset.size);
  }

  /** Calls `visit` with each later record and the mask of the columns that at least one shared key leaves out. */
  forEach(at: number, visit: (other: number, freeFields: number) => void): void {
    const { starts, blocksOf, firsts, members, fields } = this.index;
    const { source, within } = this.dataset;
    const { free, found } = this;
    found.length = 0;
    for (let entry = starts[at]; entry < starts[at + 1]; entry++) {
      const block = blocksOf[entry];
      const leftOut = ~fields[block];
      for (let slot = firsts[block + 1] - 1; slot >= firsts[block]; slot--) {
        const member = members[slot];
        if (member <= at) break;
        if (!within && source[member] === source[at]) continue;
        if (free[member] === 0) found.push(member);
        free[member] |= leftOut;
      }
    }
    for (const member of found) {
      const mask = free[member];
      free[member] = 0;
      visit(member, mask);
    }
  }
}

/** 53 bits of a text (cyrb53, public domain): two keys that meet by chance cost one comparison. */
function hashText(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
