import { isMap, isNode, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { closestWord } from './closest-word.js';
import type { MappingFault } from './mapping.js';
import { parsePath, type Segment } from './path.js';
import { syntaxFault } from './syntax-fault.js';

export type Yaml = Record<string, unknown>;
export type Path = (string | number)[];

/** Reading a longer file could take more than a quarter of a second. */
const LIMIT = 64 * 1024;
/** More than these nobody reads at once. */
const FAULTS = 100;

/** A value of the file for a message: short, and a group is not spelled out. */
export function shown(value: unknown): string {
  return value !== null && typeof value === 'object' ? 'a group of values' : String(value).slice(0, 60);
}

/** The last word of a place, as a message calls it: the message stands at the place already. */
function named(path: Path): string {
  const word = path.findLast((one) => typeof one === 'string');
  return typeof path.at(-1) === 'number' ? `an entry of ${word}` : (word ?? 'the file');
}

/** Reads the YAML of a mapping, or of rules, and keeps every fault with its line and column. */
export class Reader {
  private readonly lines = new LineCounter();
  private readonly document: Document;
  readonly faults: MappingFault[] = [];
  /** Places that hold something else than a group: nothing more is said of them. */
  private readonly unread = new Set<string>();

  constructor(
    readonly text: string,
    private readonly file: string,
    private readonly kind = { name: 'a mapping file', holds: 'a mapping file holds one mapping: mapping, version, from, into, fields' },
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
    if (this.text.length > LIMIT) this.faultAt({ line: 1, column: 1 }, `${this.kind.name} has at most ${LIMIT} bytes`);
    const [wrong] = this.document.errors;
    if (wrong) {
      const { message, ...place } = syntaxFault(wrong, this.text);
      this.faultAt(place, message);
    }
    this.refuseAliasesAndTwins();
    if (this.faults.length === 0 && !isMap(this.document.contents)) this.faultAt({ line: 1, column: 1 }, this.kind.holds);
    return this.faults.length > 0 ? undefined : (this.document.toJS({ maxAliasCount: 0 }) as Yaml);
  }

  private faultAt(place: { line: number; column: number }, message: string): void {
    this.faults.push({ file: this.file, ...place, message });
  }

  /** An alias saves typing and hides what a rule says; a few of them make gigabytes. */
  private refuseAliasesAndTwins(): void {
    visit(this.document, {
      Alias: (_key, node) => {
        const { line, col } = this.lines.linePos(node.range?.[0] ?? 0);
        this.faultAt({ line, column: col }, 'write it out: aliases (*name) are not part of the language');
        return visit.BREAK;
      },
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
    if (this.faults.length > FAULTS || this.unread.has(path.join('/'))) return;
    if (this.faults.length === FAULTS) return this.faultAt({ line: 1, column: 1 }, 'there are more mistakes; mend these first');
    this.faults.push({ ...this.placeOf(path), message, ...(hint ? { hint } : {}) });
  }

  placeOf(path: Path): Pick<MappingFault, 'file' | 'line' | 'column'> {
    const { line, col } = this.lines.linePos(this.offsetOf(path));
    return { file: this.file, line, column: col };
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
        this.fault([...path, key], `unknown word "${key.slice(0, 60)}"`, this.meant(key, words) ?? `here stand ${words.join(', ')}`);
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
    this.fault(path, value === undefined ? `${named(path)} is missing: it must be a word` : `${named(path)} must be a word`);
    return '';
  }

  group(value: unknown, path: Path, such = '{ word: value }'): Yaml {
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Yaml;
    this.fault(
      path,
      value === undefined ? `${named(path)} is missing: write ${path.at(-1)}: ${such}` : `${named(path)} must be a group such as ${such}`,
    );
    this.unread.add(path.join('/'));
    return {};
  }

  list(value: unknown, path: Path, atMost: number): unknown[] {
    if (!Array.isArray(value)) {
      this.fault(path, `${named(path)} must be a list${typeof value === 'string' && value !== '' ? `: [${value.slice(0, 40)}]` : ''}`);
      return [];
    }
    if (value.length > atMost) this.fault(path, `${named(path)} has at most ${atMost} entries`);
    return value.slice(0, atMost) as unknown[];
  }

  flag(value: unknown, path: Path, fallback: boolean): boolean {
    if (value === undefined) return fallback;
    if (typeof value !== 'boolean')
      this.fault(path, `"${shown(value)}" must be true or false${typeof value === 'string' ? ', without quotes' : ''}`);
    return value === true;
  }

  path(value: unknown, path: Path): Segment[] | undefined {
    if (value === undefined) return undefined;
    const segments = typeof value === 'string' ? parsePath(value) : 'a path must be text';
    if (typeof segments !== 'string') return segments;
    this.fault(
      path,
      segments,
      /[a-z] *[+&]|[a-z] [a-z]/i.test(String(value)) ? 'to put several together write template: "{a} {b}"' : undefined,
    );
    return undefined;
  }
}
