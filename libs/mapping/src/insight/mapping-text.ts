import { isMap, isScalar, isSeq, parseDocument, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';

type Entry = Pair<Scalar, unknown>;

/** A mapping file that is changed word by word: everything else, comments and blanks too, stays as its author wrote it. */
export class MappingText {
  private readonly root: YAMLMap;

  constructor(readonly text: string) {
    this.root = parseDocument(text, { merge: false } as never).contents as YAMLMap;
  }

  /** The group of the rule that fills a field. */
  field(to: string): YAMLMap | undefined {
    return this.fields().items.find((item): item is YAMLMap => isMap(item) && item.get('to') === to);
  }

  private fields(): YAMLSeq {
    return this.root.get('fields') as YAMLSeq;
  }

  withVersion(version: number): MappingText {
    return this.withValue(entryOf(this.root, 'version')?.value, String(version));
  }

  /** @param node what stands there now; `value` as YAML. */
  withValue(node: unknown, value: string): MappingText {
    const [start, end] = (node as Scalar).range ?? [0, 0];
    return this.splice(start, end, value);
  }

  /** A word more in a group: in its line where it stands in one line, below it otherwise. */
  withEntry(group: YAMLMap, word: string, value: string): MappingText {
    const entry = `${word}: ${value}`;
    const [start, end] = group.range ?? [0, 0];
    if (!group.flow) return this.below(group.items.at(-1), start, entry);
    const inside = this.text.slice(0, end - 1).trimEnd();
    return new MappingText(`${inside}${group.items.length > 0 ? ',' : ''} ${entry} ${this.text.slice(end - 1)}`);
  }

  withStep(group: YAMLMap, step: string): MappingText {
    const steps = entryOf(group, 'do')?.value;
    if (!isSeq(steps)) return this.withEntry(group, 'do', `[${step}]`);
    const [, end] = steps.range ?? [0, 0];
    return this.splice(end - 1, end - 1, `, ${step}`);
  }

  /** One more rule behind the last. */
  withRule(rule: string): MappingText {
    const [start] = (this.fields().items[0] as YAMLMap).range ?? [0];
    const dash = this.text.lastIndexOf('-', start);
    return this.below(this.fields().items.at(-1), dash, `- ${rule}`);
  }

  private below(last: unknown, start: number, line: string): MappingText {
    const indent = start - (this.text.lastIndexOf('\n', start - 1) + 1);
    const end = endOf(last);
    const rest = this.text.indexOf('\n', end);
    const at = rest < 0 ? this.text.length : rest;
    return this.splice(at, at, `\n${' '.repeat(indent)}${line}`);
  }

  private splice(start: number, end: number, words: string): MappingText {
    return new MappingText(this.text.slice(0, start) + words + this.text.slice(end));
  }
}

function endOf(node: unknown): number {
  const value = isMap(node) || isSeq(node) || isScalar(node) ? node : (node as Entry | undefined)?.value;
  const [, end] = (value as Scalar | undefined)?.range ?? [0, 0];
  return end - 1;
}

export function entryOf(group: YAMLMap, word: string): Entry | undefined {
  return (group.items as Entry[]).find((entry) => entry.key.value === word);
}

/** A word or path as it stands in a file, in quotes where it must. */
export function inFile(word: string): string {
  return /^[A-Za-z_][\w. -]*$/.test(word) && !/^(true|false|null|yes|no|on|off|~)$/i.test(word) && word === word.trim()
    ? word
    : JSON.stringify(word);
}

/** Lines that differ, as `diff` shows them: `-` was, `+` is. */
export function changedLines(before: string, after: string): string[] {
  const [was, is] = [before.split('\n'), after.split('\n')];
  const kept = keptLines(was, is);
  const lines: string[] = [];
  for (let a = 0, b = 0; a < was.length || b < is.length;) {
    if (a < was.length && b < is.length && was[a] === is[b]) [a, b] = [a + 1, b + 1];
    else if (b >= is.length || (a < was.length && kept[a + 1][b] >= kept[a][b + 1])) lines.push(`-${was[a++]}`);
    else lines.push(`+${is[b++]}`);
  }
  return lines;
}

/** How many lines can stay from here to the ends of both: a longest common subsequence. */
function keptLines(was: string[], is: string[]): Uint16Array[] {
  const kept = Array.from({ length: was.length + 1 }, () => new Uint16Array(is.length + 1));
  for (let a = was.length - 1; a >= 0; a -= 1)
    for (let b = is.length - 1; b >= 0; b -= 1)
      kept[a][b] = was[a] === is[b] ? kept[a + 1][b + 1] + 1 : Math.max(kept[a + 1][b], kept[a][b + 1]);
  return kept;
}
