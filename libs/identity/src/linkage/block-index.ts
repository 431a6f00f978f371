import { BLOCKING_KEYS, plan, visitKeyTexts, type PlannedKey } from './blocking.js';
import type { Dataset } from './dataset.js';
import { HashTable } from './hash-table.js';

/** Which records share keys. Blocks of one record, and blocks above the cap of their key, are left out. */
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
  const sizes: number[] = [];
  const fields: number[] = [];
  const kinds: Entries[] = [];
  const table = new HashTable(dataset.size);
  for (const planned of plan(dataset)) {
    const before = sizes.length;
    kinds.push(entriesOf(dataset, { planned, table, sizes }));
    const mask = planned.columns.reduce((bits, column) => bits | (1 << dataset.columns.indexOf(column)), 0);
    for (let block = before; block < sizes.length; block++) fields.push(mask);
  }
  return { ...byRecord(dataset.size, kinds), ...byBlock(kinds, sizes), fields: Int32Array.from(fields) };
}

function entriesOf(dataset: Dataset, { planned, table, sizes }: { planned: PlannedKey; table: HashTable; sizes: number[] }): Entries {
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
  const { cap } = BLOCKING_KEYS[planned.key];
  const numbers = counts.map((count) => (count < 2 || count > cap ? -1 : sizes.push(count) - 1));
  const kept: Entries = { records: [], blocks: [] };
  for (let entry = 0; entry < records.length; entry++) {
    const block = numbers[locals[entry]];
    if (block < 0) continue;
    kept.records.push(records[entry]);
    kept.blocks.push(block);
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
