import { BLOCKING_KEYS, plan, visitKeyTexts, type PlannedKey } from './blocking.js';
import type { Dataset } from './dataset.js';
import { HashTable } from './hash-table.js';

/** A key that more records hold says little and costs much. */
const LARGEST_BLOCK = 200;
/** Caps for keys that identify nobody: the largest is taken whose pairs can be afforded, so many for each record, or so many in all. */
const CAPS = [LARGEST_BLOCK, 100, 50, 20];
const PAIRS_PER_RECORD = 20;
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
  records: number[];
  blocks: number[];
}

export function indexBlocks(dataset: Dataset): BlockIndex {
  const blocks: Block[] = [];
  const kinds: Entries[] = [];
  const table = new HashTable(dataset.size);
  for (const planned of plan(dataset)) kinds.push(entriesOf(dataset, { planned, table, blocks }));
  const cap = capFor(blocks, dataset.size);
  const kept = blocks.filter((block) => block.identifies || block.size <= cap);
  kept.forEach((block, number) => (block.number = number));
  const entries = kinds.map((kind) => withinCap(kind, blocks));
  const sizes = kept.map(({ size }) => size);
  return { ...byRecord(dataset.size, entries), ...byBlock(entries, sizes), fields: Int32Array.from(kept, ({ fields }) => fields) };
}

interface Block {
  size: number;
  fields: number;
  identifies: boolean;
  /** Among the blocks within the cap; -1 above it. */
  number: number;
}

function entriesOf(dataset: Dataset, { planned, table, blocks }: { planned: PlannedKey; table: HashTable; blocks: Block[] }): Entries {
  table.clear();
  const counts: number[] = [];
  const records: number[] = [];
  const locals: number[] = [];
  for (let at = 0; at < dataset.size; at++)
    visitKeyTexts(at, planned, (text) => {
      const local = table.number(hashText(text));
      counts[local] = (counts[local] ?? 0) + 1;
      records.push(at);
      locals.push(local);
    });
  const { identifies } = BLOCKING_KEYS[planned.key];
  const fields = planned.columns.reduce((bits, column) => bits | (1 << dataset.columns.indexOf(column)), 0);
  const numbers = counts.map((size) => (size < 2 || size > LARGEST_BLOCK ? -1 : blocks.push({ size, fields, identifies, number: -1 }) - 1));
  const kept: Entries = { records: [], blocks: [] };
  for (let entry = 0; entry < records.length; entry++) {
    const block = numbers[locals[entry]];
    if (block < 0) continue;
    kept.records.push(records[entry]);
    kept.blocks.push(block);
  }
  return kept;
}

/** The largest cap whose blocks cost no more than their share: small data sets can afford what a million records cannot. */
function capFor(blocks: Block[], records: number): number {
  const affordable = CAPS.find((cap) => {
    const pairs = blocks.reduce((sum, { size, identifies }) => sum + (identifies || size > cap ? 0 : (size * (size - 1)) / 2), 0);
    return pairs <= Math.max(PAIRS_PER_RECORD * records, PAIRS_IN_ALL);
  });
  return affordable ?? CAPS[CAPS.length - 1];
}

function withinCap({ records, blocks: numbers }: Entries, blocks: Block[]): Entries {
  const kept: Entries = { records: [], blocks: [] };
  for (let entry = 0; entry < records.length; entry++) {
    const { number } = blocks[numbers[entry]];
    if (number < 0) continue;
    kept.records.push(records[entry]);
    kept.blocks.push(number);
  }
  return kept;
}

function byRecord(size: number, kinds: Entries[]): Pick<BlockIndex, 'starts' | 'blocksOf'> {
  const starts = new Int32Array(size + 1);
  for (const { records } of kinds) for (const record of records) starts[record + 1] += 1;
  for (let at = 0; at < size; at++) starts[at + 1] += starts[at];
  const next = starts.slice();
  const blocksOf = new Int32Array(starts[size]);
  for (const { records, blocks } of kinds) records.forEach((record, entry) => (blocksOf[next[record]++] = blocks[entry]));
  return { starts, blocksOf };
}

function byBlock(kinds: Entries[], sizes: number[]): Pick<BlockIndex, 'firsts' | 'members'> {
  const firsts = new Int32Array(sizes.length + 1);
  for (let block = 0; block < sizes.length; block++) firsts[block + 1] = firsts[block] + sizes[block];
  const next = firsts.slice();
  const members = new Int32Array(firsts[sizes.length]);
  for (const { records, blocks } of kinds) blocks.forEach((block, entry) => (members[next[block]++] = records[entry]));
  return { firsts, members };
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
