import { jaroWinkler, sameUnits, withinOneEdit } from './similarity.js';

/** The distinct values of one field, each with a number: a pair is compared by numbers, and a text is looked at only where they differ. */
export class ValueTable {
  readonly texts: string[] = [];
  private readonly ids = new Map<string, number>();
  private readonly derivers: unknown[] = [];
  private readonly derivations: unknown[][] = [];
  private units = new Uint16Array(1024);
  private readonly starts: number[] = [0];
  /** Per value, a bit for each letter that it has; letters that share a bit only make the bound weaker. */
  private readonly masks: number[] = [];

  get size(): number {
    return this.texts.length;
  }

  intern(text: string): number {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.texts.push(text) - 1;
    this.ids.set(text, id);
    this.addLetters(text);
    return id;
  }

  /** What `derive` makes of a value: worked out once for all records that hold it. */
  derived<T>(id: number, derive: (text: string) => T): T {
    let at = 0;
    while (at < this.derivers.length && this.derivers[at] !== derive) at += 1;
    if (at === this.derivers.length) {
      this.derivers.push(derive);
      this.derivations.push([]);
    }
    const list = this.derivations[at] as T[];
    return (list[id] ??= derive(this.texts[id]));
  }

  length(id: number): number {
    return this.starts[id + 1] - this.starts[id];
  }

  /** Jaro–Winkler similarity; 0 where letters that the other lacks already keep it below `least`. */
  similarity(a: number, b: number, least: number): number {
    if (this.mostSimilar(a, b) < least) return 0;
    return jaroWinkler(this.units, this.starts[a], this.length(a), this.starts[b], this.length(b));
  }

  private mostSimilar(a: number, b: number): number {
    const { masks, units, starts } = this;
    const [m, n] = [this.length(a), this.length(b)];
    const common = Math.min(m - bitCount(masks[a] & ~masks[b]), n - bitCount(masks[b] & ~masks[a]), m, n);
    const jaro = (common / m + common / n + 1) / 3;
    return units[starts[a]] === units[starts[b]] ? jaro + 0.4 * (1 - jaro) : jaro;
  }

  withinOneEdit(a: number, b: number): boolean {
    return withinOneEdit(this.units, this.starts[a], this.length(a), this.starts[b], this.length(b));
  }

  /** Says whether two values have the letters from `from` to before `to` in common. */
  samePart(a: number, b: number, part: { from: number; to: number }): boolean {
    const { from, to } = part;
    if (this.length(a) < to || this.length(b) < to) return false;
    return sameUnits(this.units, this.starts[a] + from, this.starts[b] + from, to - from);
  }

  sameEnd(a: number, b: number, length: number): boolean {
    if (this.length(a) < length || this.length(b) < length) return false;
    return sameUnits(this.units, this.starts[a + 1] - length, this.starts[b + 1] - length, length);
  }

  private addLetters(text: string): void {
    const start = this.starts[this.starts.length - 1];
    const end = start + text.length;
    if (end > this.units.length) {
      const wider = new Uint16Array(Math.max(end, this.units.length * 2));
      wider.set(this.units);
      this.units = wider;
    }
    let mask = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      this.units[start + at] = unit;
      mask |= 1 << (unit & 31);
    }
    this.masks.push(mask);
    this.starts.push(end);
  }
}

function bitCount(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
