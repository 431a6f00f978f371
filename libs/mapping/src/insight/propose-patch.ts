import { isMap, isScalar, type Scalar, type YAMLMap } from 'yaml';
import { canonicalEquals, OBJECTS, type CanonicalValue, type FieldType } from '#hub/canonical';
import { compileMapping } from '../compile-mapping.js';
import { compileDecode } from '../compile-value.js';
import { TYPES } from '../operators/types.js';
import { PLAIN_WORD } from '../operators/types-text.js';
import { Refused } from '../operators/refused.js';
import type { CompiledMapping, InwardContext, MapResult, RecordFailure } from '../mapping.js';
import { parseMapping } from '../parse-mapping.js';
import { changedLines, entryOf, inFile, MappingText } from './mapping-text.js';
import { profilePaths } from './profile-paths.js';
import { readsPath } from './stream-shape.js';
import { closestCanonical, nameScore, optionsOf, shared, suggestMapping } from './suggest-mapping.js';
import { tokensOf } from './synonyms.js';

/** A change of a mapping that would mend a drift. A proposal: a person reads it, tries it (`map diff`) and activates it, or does not. */
export interface MappingPatch {
  /** Why this and not another, as sentences. */
  reasons: string[];
  /** Of the records that were tried, those whose field it fills. */
  mends: number;
  tried: number;
  /** The lines that change, `-` was and `+` is. */
  lines: string[];
  /** The whole file, with its next version. */
  text: string;
}
/** A record that drifted, with the value that the field had before where it had one. */
export interface DriftedRecord {
  payload: unknown;
  known?: CanonicalValue;
}
interface Draft {
  text: MappingText;
  reason: string;
  /** How far names speak for it, 0 to 1. */
  resembles: number;
  /** What is shown instead, where a person has to choose. */
  shown?: MappingText;
}
interface Drift {
  mapping: CompiledMapping;
  to: string;
  records: readonly DriftedRecord[];
  context: InwardContext;
}

/** No word of any table, so that a file that still holds it is refused with the words to choose from. */
const CHOOSE = 'CHOOSE';
/** Names that have half of their words in common. */
const ALIKE = 0.5;
const TRIED = 50;
const DRAFTS = 60;

/** What would fill a field again: the words that a table lacks, the place that a value moved to, or the type that it now has. */
export function proposePatch(drift: Drift, version: number): MappingPatch | undefined {
  const records = drift.records.slice(0, TRIED);
  const rule = new MappingText(drift.mapping.text).field(drift.to);
  if (!rule || records.length === 0) return undefined;
  const tried = { ...drift, records };
  const before = outcomeOf(drift.mapping.text, tried);
  const words = wordDrafts(tried, rule);
  const drafts = words.length > 0 ? words : [...placeDrafts(tried, rule), ...typeDrafts(tried, rule)].slice(0, DRAFTS);
  const judged = drafts
    .map((draft) => ({ ...draft, ...outcomeOf(draft.text.text, tried) }))
    .filter((one) => (one.shown ? one.refused < before.refused : one.filled > before.filled && believable(one, records.length)));
  const [best] = judged.sort((a, b) => b.same - a.same || b.resembles - a.resembles || b.filled - a.filled);
  if (!best) return undefined;
  const same = best.same > 0 ? [`in ${best.same} of ${records.length} records it gives the value that the field had before`] : [];
  return patchOf(drift.mapping, {
    text: best.text,
    shown: best.shown,
    version,
    reasons: [best.reason, ...same],
    mends: Math.max(best.filled - before.filled, before.refused - best.refused),
    tried: records.length,
  });
}

/** Any text fits a text field: either the values say that it is the right one, or its name does. */
function believable({ same, filled, resembles }: { same: number; filled: number; resembles: number }, tried: number): boolean {
  return same * 2 >= tried || (resembles >= ALIKE && filled * 2 >= tried);
}

/** A rule for a path that is new in the records. */
export function proposeRule(
  mapping: CompiledMapping,
  input: { path: string; payloads: readonly unknown[]; version: number },
): MappingPatch | undefined {
  const payloads = input.payloads.slice(0, TRIED);
  const about = { connector: mapping.connector, stream: mapping.stream, into: mapping.into };
  const taken = new Set(mapping.fields.map((field) => field.to));
  const rule = suggestMapping(payloads, about).rules.find((one) => one.from === input.path && !taken.has(one.to));
  const text = new MappingText(mapping.text);
  if (rule) {
    const as = rule.as === 'text' ? '' : `, as: ${rule.as}`;
    const words = `{ to: ${rule.to}, from: ${inFile(rule.from)}${as}${optionsOf(rule, mapping.into)} }`;
    return patchOf(mapping, {
      text: text.withRule(words),
      version: input.version,
      reasons: rule.reasons,
      mends: payloads.length,
      tried: payloads.length,
    });
  }
  return customRule(mapping, { ...input, text, payloads });
}

/** What no canonical field means is kept as a custom field. */
function customRule(
  mapping: CompiledMapping,
  input: { path: string; payloads: readonly unknown[]; version: number; text: MappingText },
): MappingPatch | undefined {
  const profile = profilePaths(input.payloads).find((one) => one.path === input.path && !one.isList);
  if (!profile || !Object.hasOwn(OBJECTS[mapping.into].fields, 'customFields')) return undefined;
  const [type] = profile.types.size === 1 ? [...profile.types] : ['string'];
  const as = type === 'number' ? ', as: number' : type === 'boolean' ? ', as: boolean' : '';
  const key = tokensOf(input.path).join('_').replace(/\W/g, '') || 'field';
  const part = `{ from: ${inFile(input.path)}${as} }`;
  const parts = entryOf(input.text.field('customFields') ?? ({ items: [] } as unknown as YAMLMap), 'parts')?.value;
  const text = isMap(parts)
    ? input.text.withEntry(parts, key, part)
    : input.text.withRule(`{ to: customFields, as: custom, parts: { ${key}: ${part} } }`);
  return patchOf(mapping, {
    text,
    version: input.version,
    reasons: ['no field of the model is called like it, so it is kept as a custom field'],
    mends: profile.filled,
    tried: input.payloads.length,
  });
}

function patchOf(
  mapping: CompiledMapping,
  {
    text,
    shown,
    version,
    ...about
  }: { text: MappingText; shown?: MappingText; version: number; reasons: string[]; mends: number; tried: number },
): MappingPatch | undefined {
  const next = text.withVersion(version).text;
  if (parseMapping(next, mapping.name).faults.length > 0) return undefined;
  const offered = shown?.withVersion(version).text ?? next;
  return { ...about, lines: changedLines(mapping.text, offered), text: offered };
}

function failuresOf(result: MapResult): RecordFailure[] {
  return result.kind === 'refused' ? result.failures : result.kind === 'mapped' ? result.blocked : [];
}

/** How many records have the field then, how many the value that they had before, and in how many it is refused. */
function outcomeOf(text: string, { mapping, to, records, context }: Drift): { filled: number; same: number; refused: number } {
  const { mapping: ast } = parseMapping(text, mapping.name);
  if (!ast) return { filled: -1, same: 0, refused: Infinity };
  const { toCanonical } = compileMapping(ast);
  let [filled, same, refused] = [0, 0, 0];
  for (const { payload, known } of records) {
    const result = toCanonical(payload, context);
    if (failuresOf(result).some((failure) => failure.field === to)) refused += 1;
    const value = result.kind === 'mapped' ? result.values[to] : undefined;
    if (value === undefined || value === null) continue;
    filled += 1;
    if (known !== undefined && known !== null && canonicalEquals(mapping.into, to, known, value)) same += 1;
  }
  return { filled, same, refused };
}

/** The words that the records hold and a table of the rule lacks, each with the meaning of the word that it resembles. */
function wordDrafts({ mapping, to, records, context }: Drift, rule: YAMLMap): Draft[] {
  const field = parseMapping(mapping.text, mapping.name).mapping?.fields.find((one) => one.to === to);
  if (!field) return [];
  const decode = compileDecode(field);
  const words = new Set(
    records.flatMap(({ payload }) => {
      const value = decode(payload, context);
      return value instanceof Refused && value.word !== undefined && PLAIN_WORD.test(value.word) ? [value.word] : [];
    }),
  );
  if (words.size === 0) return [];
  return tablesOf(rule, OBJECTS[mapping.into].fields[to].type).map(({ table, values }) => {
    const known = Object.fromEntries(table.toJSON() === null ? [] : Object.entries(table.toJSON() as Record<string, string | null>));
    const meanings = [...words].slice(0, 20).map((word) => [word, meaningOf(word, known, values)] as const);
    const told = meanings.map(([word, means]) =>
      means === null ? `"${word}" resembles no word: replace ${CHOOSE} by one of ${values.join(', ')}` : `"${word}" resembles ${means}`,
    );
    const filled = (unknown: string): MappingText =>
      meanings.reduce(
        (file, [word, means]) => file.withEntry(tableAgain(file, to, table), inFile(word), means ?? unknown),
        new MappingText(mapping.text),
      );
    return { text: filled('null'), shown: filled(CHOOSE), reason: told.join('; '), resembles: 1 };
  });
}

/** The same table in a file whose text has moved on. */
function tableAgain(file: MappingText, to: string, table: YAMLMap): YAMLMap {
  const start = table.range?.[0];
  return tablesOf(file.field(to) as YAMLMap, { kind: 'text' }).find((one) => one.table.range?.[0] === start)?.table ?? table;
}

function tablesOf(rule: YAMLMap, type: FieldType): { table: YAMLMap; values: readonly string[] }[] {
  const item = type.kind === 'set' || type.kind === 'list' ? type.of : type;
  const own = entryOf(rule, 'table')?.value;
  const parts = entryOf(rule, 'parts')?.value;
  const inner = isMap(parts)
    ? parts.items.flatMap(({ key, value }) =>
        isMap(value) ? tablesOf(value, (item.kind === 'object' && item.fields[String((key as Scalar).value)]) || { kind: 'text' }) : [],
      )
    : [];
  return [...(isMap(own) ? [{ table: own, values: item.kind === 'enum' ? item.values : [] }] : []), ...inner];
}

function meaningOf(word: string, table: Record<string, string | null>, values: readonly string[]): string | null {
  const named = closestCanonical(word, values);
  if (named) return named;
  const [near] = Object.entries(table)
    .map(([known, means]) => ({ means, alike: shared(tokensOf(known), tokensOf(word)) }))
    .filter(({ alike }) => alike >= 0.5)
    .sort((a, b) => b.alike - a.alike);
  return near?.means ?? null;
}

/** Other places in the records: further in where a group or list stands now, or one that no rule reads. */
function placeDrafts({ mapping, to, records }: Drift, rule: YAMLMap): Draft[] {
  const profiles = profilePaths(records.map((record) => record.payload));
  return placesOf(rule).flatMap(({ node, path: old }) => {
    const others = profiles.flatMap(({ path }): Draft[] => {
      const inner = path.startsWith(`${old}.`) || path.startsWith(`${old}[`);
      if (path === old || (!inner && readsPath(mapping, path))) return [];
      const resembles = inner ? 0.8 : Math.max(alike(old, path), nameScore(mapping.into, to, path).score * 0.8);
      const reason = inner
        ? `${old} now holds a group: ${path} stands in it`
        : `${path} is read by no rule${resembles >= ALIKE ? ' and is called alike' : ''}`;
      const ways = path.includes('[]') ? [path, path.replace('[]', '[0]')] : [path];
      return ways.map((way) => ({ text: new MappingText(mapping.text).withValue(node, inFile(way)), reason, resembles }));
    });
    return others.sort((a, b) => b.resembles - a.resembles).slice(0, 20);
  });
}

/** The places that a rule names from the record on: its own, or those of its parts where it has none. */
function placesOf(rule: YAMLMap): { node: Scalar; path: string }[] {
  const from = entryOf(rule, 'from')?.value;
  if (isScalar(from)) return [{ node: from, path: String(from.value) }];
  const parts = entryOf(rule, 'parts')?.value;
  if (from !== undefined || !isMap(parts)) return [];
  return parts.items.flatMap(({ value }) =>
    isMap(value) ? placesOf(value) : isScalar(value) ? [{ node: value, path: String(value.value) }] : [],
  );
}

function alike(old: string, path: string): number {
  const [a, b] = [tokensOf(old), tokensOf(path)];
  const spelled = a.join('').includes(b.join('')) || b.join('').includes(a.join('')) ? 0.5 : 0;
  return Math.max(shared(a, b), spelled);
}

/** Other readings of the same place: one of a list, a list as text, another unit or decimal sign. */
function typeDrafts({ mapping, to }: Drift, rule: YAMLMap): Draft[] {
  const text = (): MappingText => new MappingText(mapping.text);
  const as = (entryOf(rule, 'as')?.value as Scalar | undefined)?.value ?? 'text';
  const steps = ['first', '{ join: ", " }'].map((step) => ({
    text: text().withStep(rule, step),
    reason: `a list stands there now, and the rule takes one value`,
    resembles: ALIKE,
  }));
  const options: [string, string][] = [
    ['unit', 'seconds'],
    ['unit', 'milliseconds'],
    ['decimal', 'comma'],
    ['decimal', 'point'],
    ['format', 'DD.MM.YYYY'],
    ['format', 'MM/DD/YYYY'],
    ['form', 'name'],
  ];
  const known = TYPES[String(as)]?.options ?? {};
  const readings = options
    .filter(([word]) => Object.hasOwn(known, word) && !entryOf(rule, word))
    .map(([word, value]) => ({
      text: text().withEntry(rule, word, value),
      reason: `its values read as ${word}: ${value}`,
      resembles: ALIKE,
    }));
  const { kind } = OBJECTS[mapping.into].fields[to].type;
  const kinds = ['set', 'list', 'object'].includes(kind)
    ? []
    : Object.keys(TYPES).filter((name) => name !== as && TYPES[name].fits.includes(kind) && TYPES[name].parts === undefined);
  const node = entryOf(rule, 'as')?.value;
  const others = kinds.map((name) => ({
    text: node ? text().withValue(node, name) : text().withEntry(rule, 'as', name),
    reason: `its values read as: ${name}`,
    resembles: ALIKE,
  }));
  return [...readings, ...steps, ...others];
}
