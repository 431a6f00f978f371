import { isMap, isNode, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { closestWord } from './closest-word.js';
import type { MappingFault } from './mapping.js';
import { parsePath, type Segment } from './path.js';

export type Yaml = Record<string, unknown>;
export type Path = (string | number)[];

const LIMIT = 128 * 1024;
/** More than these nobody reads at once. */
const FAULTS = 100;

/** A value of the file for a message: short, and a group is not spelled out. */
export function shown(value: unknown): string {
  return value !== null && typeof value === 'object' ? 'a group of values' : String(value).slice(0, 60);
}

/** Reads a mapping file's YAML and keeps every fault with its line and column. */
export class Reader {
  private readonly lines = new LineCounter();
  private readonly document: Document;
  readonly faults: MappingFault[] = [];

  constructor(
    readonly text: string,
    private readonly file: string,
  ) {
    this.document = parseDocument(text.length > LIMIT ? '' : text, {
      lineCounter: this.lines,
      // Checked below: the library compares every key with every other.
      uniqueKeys: false,
      merge: false,
      maxAliasCount: 0,
      schema: 'core',
    } as never);
  }

  /** The file's one group, or undefined when it cannot be read at all; the faults say why. */
  root(): Yaml | undefined {
    if (this.text.length > LIMIT) this.faultAt({ line: 1, column: 1 }, `a mapping file has at most ${LIMIT} bytes`);
    for (const error of this.document.errors) {
      const [place] = error.linePos ?? [{ line: 1, col: 1 }];
      this.faultAt({ line: place.line, column: place.col }, error.message.split('\n')[0]);
    }
    this.refuseAliases();
    this.refuseTwins();
    if (this.faults.length === 0 && !isMap(this.document.contents))
      this.faultAt({ line: 1, column: 1 }, 'a mapping file holds one mapping: mapping, version, from, into, fields');
    return this.faults.length > 0 ? undefined : (this.document.toJS({ maxAliasCount: 0 }) as Yaml);
  }

  private faultAt(place: { line: number; column: number }, message: string): void {
    this.faults.push({ file: this.file, ...place, message });
  }

  /** An alias saves typing and hides what a rule says; a few of them make gigabytes. */
  private refuseAliases(): void {
    visit(this.document, {
      Alias: (_key, node) => {
        const { line, col } = this.lines.linePos(node.range?.[0] ?? 0);
        this.faultAt({ line, column: col }, 'write it out: aliases (*name) are not part of the language');
        return visit.BREAK;
      },
    });
  }

  private refuseTwins(): void {
    visit(this.document, {
      Map: (_key, map) => {
        const seen = new Set<string>();
        for (const { key } of map.items) {
          const name = String((key as { value?: unknown }).value);
          if (seen.has(name)) {
            const { line, col } = this.lines.linePos((key as { range?: [number] }).range?.[0] ?? 0);
            this.faultAt({ line, column: col }, `"${name.slice(0, 60)}" stands here twice; keep one of them`);
          }
          seen.add(name);
        }
      },
    });
  }

  fault(path: Path, message: string, hint?: string): void {
    if (this.faults.length > FAULTS) return;
    if (this.faults.length === FAULTS) return this.faultAt({ line: 1, column: 1 }, 'there are more mistakes; mend these first');
    const { line, col } = this.lines.linePos(this.offsetOf(path));
    this.faults.push({ file: this.file, line, column: col, message, ...(hint ? { hint } : {}) });
  }

  /** Where a value stands, or the nearest group around it. */
  private offsetOf(path: Path): number {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? this.document.contents : this.document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return 0;
  }

  known(value: Yaml, path: Path, words: readonly string[]): void {
    for (const key of Object.keys(value).slice(0, FAULTS * 4))
      if (!words.includes(key))
        this.fault([...path, key], `unknown word "${key.slice(0, 60)}"; here stand ${words.join(', ')}`, this.meant(key, words));
  }

  meant(word: string, words: readonly string[]): string | undefined {
    const closest = closestWord(word.slice(0, 60), words);
    return closest ? `did you mean "${closest}"?` : undefined;
  }

  oneOf<Word extends string>(value: unknown, path: Path, choice: { words: readonly string[]; fallback: Word }): Word {
    if (value === undefined) return choice.fallback;
    if (typeof value === 'string' && choice.words.includes(value)) return value as Word;
    this.fault(path, `"${shown(value)}" must be one of ${choice.words.join(', ')}`, this.meant(String(value), choice.words));
    return choice.fallback;
  }

  string(value: unknown, path: Path): string {
    if (typeof value === 'string' && value !== '') return value;
    this.fault(path, value === undefined ? `${path.join('.')} is missing: it must be a word` : `${path.join('.')} must be a word`);
    return '';
  }

  group(value: unknown, path: Path): Yaml {
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Yaml;
    this.fault(path, `${path.join('.')} must be a group of words and values`);
    return {};
  }

  list(value: unknown, path: Path, atMost: number): unknown[] {
    if (!Array.isArray(value)) {
      this.fault(path, `${path.join('.')} must be a list`);
      return [];
    }
    if (value.length > atMost) this.fault(path, `${path.join('.')} has at most ${atMost} entries`);
    return value.slice(0, atMost) as unknown[];
  }

  flag(value: unknown, path: Path, fallback: boolean): boolean {
    if (value === undefined) return fallback;
    if (typeof value !== 'boolean') this.fault(path, `"${shown(value)}" must be true or false`);
    return value === true;
  }

  path(value: unknown, path: Path): Segment[] | undefined {
    if (value === undefined) return undefined;
    const segments = typeof value === 'string' ? parsePath(value) : 'a path must be text';
    if (typeof segments !== 'string') return segments;
    this.fault(path, segments);
    return undefined;
  }
}
