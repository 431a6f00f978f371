const EMPTY = -1;

/** Numbers the hashes that it is shown, from 0 in the order of their first sight. A `Map` of a million of them takes five times the room. */
export class HashTable {
  private hashes: Float64Array;
  private numbers: Int32Array;
  private count = 0;

  constructor(expected: number) {
    const room = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 2)));
    this.hashes = new Float64Array(room).fill(EMPTY);
    this.numbers = new Int32Array(room);
  }

  get size(): number {
    return this.count;
  }

  clear(): void {
    this.hashes.fill(EMPTY);
    this.count = 0;
  }

  number(hash: number): number {
    if (this.count * 2 > this.hashes.length) this.widen();
    const slot = this.slotOf(hash);
    if (this.hashes[slot] === hash) return this.numbers[slot];
    this.hashes[slot] = hash;
    return (this.numbers[slot] = this.count++);
  }

  private slotOf(hash: number): number {
    const mask = this.hashes.length - 1;
    let slot = (hash % 4294967296) & mask;
    while (this.hashes[slot] !== EMPTY && this.hashes[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }

  private widen(): void {
    const { hashes, numbers } = this;
    this.hashes = new Float64Array(hashes.length * 2).fill(EMPTY);
    this.numbers = new Int32Array(numbers.length * 2);
    hashes.forEach((hash, at) => {
      if (hash === EMPTY) return;
      const slot = this.slotOf(hash);
      this.hashes[slot] = hash;
      this.numbers[slot] = numbers[at];
    });
  }
}
