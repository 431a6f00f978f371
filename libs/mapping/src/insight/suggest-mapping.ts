import { OBJECTS, type FieldType, type ObjectName } from '#hub/canonical';
import { closestWord } from '../closest-word.js';
import { profilePaths, type PathProfile } from './profile-paths.js';
import { SYNONYMS, tokensOf } from './synonyms.js';

export interface SuggestedRule {
  to: string;
  from: string;
  as: string;
  /** Vendor words that were seen, each with the canonical word that it resembles; null where none does. */
  table?: Record<string, string | null>;
  parts?: Record<string, string>;
  /** What a number counts. */
  unit?: string;
  /** 0 to 1. */
  confidence: number;
  reasons: string[];
}
export interface MappingSuggestion {
  rules: SuggestedRule[];
  /** Paths that no rule takes. */
  unused: string[];
  /** A mapping file to start from; nothing runs with it. */
  yaml: string;
}

const LEAST = 0.45;

/** Proposes rules from names, sample values and types. A proposal is a beginning: a person reads it, corrects it and pushes it. */
export function suggestMapping(
  records: readonly unknown[],
  about: { connector: string; stream: string; into: ObjectName },
): MappingSuggestion {
  const profiles = profilePaths(records);
  const fields = Object.entries(OBJECTS[about.into].fields).filter(([, { class: held }]) => held === 'public' || held === 'contact');
  const all = fields.flatMap(([to, { type }]) => profiles.flatMap((profile) => candidate(about.into, { to, type, profile }) ?? []));
  const rules = choose(all.sort((a, b) => b.confidence - a.confidence || a.from.length - b.from.length));
  const used = new Set(rules.flatMap((rule) => [rule.from, ...Object.values(rule.parts ?? {}).map((part) => `${rule.from}[].${part}`)]));
  return { rules, unused: profiles.map(({ path }) => path).filter((path) => !used.has(path)), yaml: yamlOf(rules, about) };
}

/** The best path for each field, the best field for each path. */
function choose(sorted: SuggestedRule[]): SuggestedRule[] {
  const [fields, paths] = [new Set<string>(), new Set<string>()];
  return sorted.filter((rule) => {
    if (fields.has(rule.to) || paths.has(rule.from)) return false;
    fields.add(rule.to);
    paths.add(rule.from);
    return true;
  });
}

function candidate(object: ObjectName, input: { to: string; type: FieldType; profile: PathProfile }): SuggestedRule | undefined {
  const { to, type, profile } = input;
  const value = fit(type, profile);
  if (!value) return undefined;
  const name = nameScore(object, to, profile.path);
  if (name.score === 0) return undefined;
  const confidence = Math.round(Math.min(1, name.score * 0.75 + value.score * 0.25) * 100) / 100;
  return confidence < LEAST
    ? undefined
    : {
        to,
        from: value.from ?? profile.path,
        as: value.as,
        table: value.table,
        parts: value.parts,
        unit: value.unit,
        confidence,
        reasons: [name.reason, value.reason],
      };
}

export function nameScore(object: ObjectName, to: string, path: string): { score: number; reason: string } {
  const steps = path
    .replaceAll('[]', '')
    .split('.')
    .map((step) => step.replace(/^\["|"\]$/g, ''));
  const own = steps[steps.length - 1];
  const wanted = [to, ...(SYNONYMS[`${object}.${to}`] ?? []), ...(SYNONYMS[to] ?? [])].map((word) => tokensOf(word).join(' '));
  const last = tokensOf(own).join(' ');
  const whole = tokensOf(steps.join('.')).join(' ');
  const tail = tokensOf(steps.slice(-2).join('.')).join(' ');
  const depth = (steps.length - 1) * 0.04;
  if (wanted.includes(last) && !GENERIC.has(last)) return { score: 1 - depth, reason: `it is called "${own}"` };
  if (wanted.includes(whole) || wanted.includes(tail))
    return { score: 0.98 - depth, reason: `it is called "${steps.slice(-2).join('.')}"` };
  const parent = steps.length > 1 ? tokensOf(steps[steps.length - 2]).join(' ') : '';
  if (GENERIC.has(last) && wanted.includes(parent)) return { score: 0.95 - depth, reason: `it is the ${own} of "${parent}"` };
  const overlap = Math.max(...wanted.map((word) => shared(word.split(' '), tail.split(' '))));
  return overlap >= 0.6 ? { score: overlap * 0.7 - depth, reason: `its name resembles "${to}"` } : { score: 0, reason: '' };
}

/** Words that say what a thing is only together with what holds them. */
const GENERIC = new Set(['name', 'value', 'text', 'title', 'id', 'label', 'type', 'date', 'address', 'number', 'email address', 'summary']);

/** How many words two names have in common, 0 to 1. */
export function shared(wanted: string[], there: string[]): number {
  const common = wanted.filter((word) => there.includes(word)).length;
  return (2 * common) / (wanted.length + there.length);
}

interface Fit {
  as: string;
  score: number;
  reason: string;
  from?: string;
  unit?: string;
  table?: Record<string, string | null>;
  parts?: Record<string, string>;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const share = ({ samples }: PathProfile, test: (sample: string) => boolean): number =>
  samples.length === 0 ? 0 : samples.filter(test).length / samples.length;

/** Whether what stands there can fill the field, and as what. */
function fit(type: FieldType, profile: PathProfile): Fit | undefined {
  const { path, types, isList } = profile;
  const is = (test: (sample: string) => boolean): boolean => share(profile, test) >= 0.8;
  switch (type.kind) {
    case 'instant':
      if (isList) return undefined;
      if (is((text) => INSTANT.test(text))) return { as: 'instant', score: 1, reason: 'its values are instants' };
      return types.has('number') && is((text) => /^\d{9,13}$/.test(text))
        ? {
            as: 'instant',
            unit: is((text) => text.length > 10) ? 'milliseconds' : 'seconds',
            score: 0.9,
            reason: 'its values count from 1970',
          }
        : undefined;
    case 'date':
      return is((text) => /^\d{4}(-\d{2}){0,2}$/.test(text)) ? { as: 'date', score: 1, reason: 'its values are days' } : undefined;
    case 'boolean':
      return types.has('boolean') && types.size === 1 ? { as: 'boolean', score: 1, reason: 'its values are true and false' } : undefined;
    case 'integer':
    case 'number':
      return types.has('number') && types.size === 1 ? { as: type.kind, score: 1, reason: 'its values are numbers' } : undefined;
    case 'url':
      return is((text) => /^https?:/.test(text)) ? { as: 'url', score: 1, reason: 'its values are web addresses' } : undefined;
    case 'zone':
      return is((text) => /^(UTC|[A-Z]\w+\/\w+)/.test(text)) ? { as: 'zone', score: 1, reason: 'its values are time zones' } : undefined;
    case 'enum':
      return isList || types.has('number') || profile.samples.length > 25 ? undefined : enumFit(type.values, profile);
    case 'set':
    case 'list':
      return listFit(type.of, profile, path);
    case 'text':
      return isList || !types.has('string')
        ? undefined
        : { as: 'text', score: is((text) => text.length < 300) ? 0.8 : 0.6, reason: 'its values are texts' };
    default:
      return undefined;
  }
}

function enumFit(values: readonly string[], { samples }: PathProfile): Fit {
  const table = Object.fromEntries(samples.map((word) => [word, closestCanonical(word, values)]));
  const known = Object.values(table).filter((word) => word !== null).length;
  return {
    as: 'enum',
    table,
    score: samples.length === 0 ? 0.3 : 0.4 + 0.6 * (known / samples.length),
    reason: `${known} of its ${samples.length} words resemble canonical ones`,
  };
}

export function closestCanonical(word: string, values: readonly string[]): string | null {
  const spelled = tokensOf(word).join('_').toUpperCase();
  if (values.includes(spelled)) return spelled;
  const near = closestWord(spelled, values);
  return near ?? values.find((value) => spelled.includes(value) || value.includes(spelled)) ?? null;
}

function listFit(of: FieldType, profile: PathProfile, path: string): Fit | undefined {
  const email = share(profile, (text) => /^\S+@\S+\.\S+$/.test(text)) >= 0.8;
  const phone = share(profile, (text) => /^[+(\d][\d\s().-]{6,}$/.test(text)) >= 0.8;
  const inList = path.replace(/\.[^.[\]]+$/, '').replace(/\[\]$/, '');
  const from = path.includes('[]') ? inList : path;
  if (of.kind === 'object' && 'value' in of.fields && of.fields.value.kind === 'email')
    return email ? { as: 'emails', from, score: 1, reason: 'its values are e-mail addresses' } : undefined;
  if (of.kind === 'object' && 'e164' in of.fields)
    return phone ? { as: 'phones', from, score: 1, reason: 'its values are phone numbers' } : undefined;
  if (of.kind === 'text') return path.includes('[]') ? { as: 'list', score: 0.8, reason: 'it is a list of texts' } : undefined;
  if (of.kind === 'object' && 'email' in of.fields && email && path.includes('[]')) {
    const part = path.slice(path.lastIndexOf('.') + 1);
    return { as: 'list', from: inList, parts: { email: part }, score: 0.9, reason: 'it is a list of people with addresses' };
  }
  return undefined;
}

function yamlOf(rules: SuggestedRule[], { connector, stream, into }: { connector: string; stream: string; into: ObjectName }): string {
  const lines = [
    `mapping: ${connector}.${stream}`,
    'version: 1',
    `from: { connector: ${connector}, stream: ${stream} }`,
    `into: ${into}`,
    'identify: { externalId: id }',
    'fields:',
  ];
  for (const rule of rules)
    lines.push(
      `  # ${Math.round(rule.confidence * 100)} %: ${rule.reasons.join('; ')}`,
      `  - { to: ${rule.to}, from: ${JSON.stringify(rule.from)}, as: ${rule.as}${optionsOf(rule, into)} }`,
    );
  return `${lines.join('\n')}\n`;
}

/** What stands behind `as:` in a rule's line. */
export function optionsOf({ to, as, table, parts, unit }: SuggestedRule, into: ObjectName): string {
  const listed =
    table &&
    Object.entries(table)
      .map(([word, means]) => `${JSON.stringify(word)}: ${means ?? 'null'}`)
      .join(', ');
  const own =
    parts &&
    Object.entries(parts)
      .map(([name, path]) => `${name}: { from: ${path}, as: ${name === 'email' ? 'email' : 'text'} }`)
      .join(', ');
  const words = OBJECTS[into].fields[to].type;
  const empty = as === 'enum' && listed === '' && words.kind === 'enum' ? `${JSON.stringify(words.values[0])}: ${words.values[0]}` : listed;
  return `${unit === undefined ? '' : `, unit: ${unit}`}${empty === undefined ? '' : `, table: { ${empty} }`}${own === undefined ? '' : `, parts: { ${own} }`}`;
}
