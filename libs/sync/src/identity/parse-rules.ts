import { OBJECTS, type ObjectName } from '#hub/canonical';
import { PERSON_IDENTIFIERS, type PeopleRules, type PersonIdentifier } from '#hub/identity';
import { Reader, shown, WINS, type MappingFault, type Path, type Yaml } from '#hub/mapping';

const TOP = ['identity', 'match', 'survivorship', 'pins'];
const MATCH = ['identifiers', 'auto', 'review', 'denied'];
const DENIED = ['emails', 'phones', 'names'];
const FIELD = ['wins', 'blank', 'group'];
const ENTRIES_AT_MOST = 1_000;
const SUCH = 'identity: 1, match, survivorship, pins';

/** Reads a tenant's `identity.yaml`: either the rules, or every fault with its line and column. */
export function parseIdentityRules(text: string, file = 'identity.yaml'): { rules?: PeopleRules; faults: MappingFault[] } {
  const reader = new Reader(text, file, { name: 'an identity file', holds: `an identity file holds ${SUCH}` });
  const root = reader.root();
  const rules = root && rulesOf(reader, root);
  return reader.faults.length > 0 ? { faults: reader.faults } : { rules, faults: [] };
}

function rulesOf(reader: Reader, root: Yaml): PeopleRules {
  reader.known(root, [], TOP);
  if (root.identity !== 1) reader.fault(['identity'], 'identity must be 1: the version of this format');
  const match = optional(reader, root.match, ['match']);
  reader.known(match, ['match'], MATCH);
  const rules: PeopleRules = {
    ...('identifiers' in match ? { identifiers: identifiersOf(reader, match.identifiers) } : {}),
    ...bitsOf(reader, match, 'auto'),
    ...bitsOf(reader, match, 'review'),
    ...('denied' in match ? { denied: deniedOf(reader, match.denied) } : {}),
    ...('survivorship' in root ? { survivorship: survivorshipOf(reader, root.survivorship) } : {}),
  };
  if ((rules.auto ?? Infinity) < (rules.review ?? -Infinity))
    reader.fault(['match', 'auto'], 'auto must not be below review: what is merged without a person is surer than what a person is asked');
  const pins = optional(reader, root.pins, ['pins']);
  reader.known(pins, ['pins'], ['days']);
  if (pins.days === undefined) return rules;
  if (!Number.isInteger(pins.days) || (pins.days as number) < 1) reader.fault(['pins', 'days'], 'days must be a whole number from 1');
  return { ...rules, pinDays: pins.days as number };
}

function optional(reader: Reader, value: unknown, path: Path): Yaml {
  return value === undefined ? {} : reader.group(value, path);
}

function identifiersOf(reader: Reader, value: unknown): PersonIdentifier[] {
  const path: Path = ['match', 'identifiers'];
  const names = reader
    .list(value, path, PERSON_IDENTIFIERS.length)
    .map((one, at) => reader.oneOf<PersonIdentifier>(one, [...path, at], { words: PERSON_IDENTIFIERS, fallback: 'email' }));
  if (new Set(names).size < names.length) reader.fault(path, 'identifiers names one of them twice');
  return names;
}

function bitsOf(reader: Reader, match: Yaml, word: 'auto' | 'review'): Partial<PeopleRules> {
  const value = match[word];
  if (value === undefined) return {};
  if (typeof value === 'number' && value >= -50 && value <= 100) return { [word]: value };
  reader.fault(['match', word], `"${shown(value)}" must be a number of bits from -50 to 100`);
  return {};
}

function deniedOf(reader: Reader, value: unknown): NonNullable<PeopleRules['denied']> {
  const path: Path = ['match', 'denied'];
  const group = reader.group(value, path, '{ emails: ["*@agency.example"] }');
  reader.known(group, path, DENIED);
  const denied: Record<string, string[]> = {};
  for (const kind of DENIED) {
    if (group[kind] === undefined) continue;
    denied[kind] = reader.list(group[kind], [...path, kind], ENTRIES_AT_MOST).map((one, at) => {
      const text = reader.string(one, [...path, kind, at]);
      const rule = brokenBy(kind, text);
      if (text !== '' && rule) reader.fault([...path, kind, at], `"${shown(text)}" ${rule}`);
      return text;
    });
  }
  return denied;
}

function brokenBy(kind: string, text: string): string | undefined {
  if (kind === 'emails')
    return /^(\*|[^\s@*]+)@[^\s@*]+\.[^\s@*]+$/.test(text) ? undefined : 'must be an address, or a domain such as "*@agency.example"';
  if (kind === 'phones')
    return /^\+[1-9]\d{0,14}\*?$/.test(text) ? undefined : 'must be a number such as "+4930123456", or its beginning such as "+4930*"';
  return undefined;
}

function survivorshipOf(reader: Reader, value: unknown): NonNullable<PeopleRules['survivorship']> {
  const objects = reader.group(value, ['survivorship'], '{ candidate: { phones: { wins: union } } }');
  reader.known(objects, ['survivorship'], Object.keys(OBJECTS));
  const rules: NonNullable<PeopleRules['survivorship']> = {};
  for (const [object, fields] of Object.entries(objects)) {
    if (!Object.hasOwn(OBJECTS, object)) continue;
    const path: Path = ['survivorship', object];
    const group = reader.group(fields, path);
    reader.known(group, path, Object.keys(OBJECTS[object as ObjectName].fields));
    rules[object] = Object.fromEntries(Object.entries(group).map(([field, rule]) => [field, fieldRule(reader, rule, [...path, field])]));
  }
  return rules;
}

function fieldRule(reader: Reader, value: unknown, path: Path): NonNullable<PeopleRules['survivorship']>[string][string] {
  const rule = reader.group(value, path, '{ wins: [ats, newest] }');
  reader.known(rule, path, FIELD);
  const wins = rule.wins === undefined ? undefined : winsOf(reader, rule.wins, [...path, 'wins']);
  return {
    ...(wins === undefined ? {} : { wins }),
    ...(rule.blank === undefined
      ? {}
      : { blank: reader.oneOf<'absent' | 'value'>(rule.blank, [...path, 'blank'], { words: ['absent', 'value'], fallback: 'value' }) }),
    ...(rule.group === undefined ? {} : { group: reader.string(rule.group, [...path, 'group']) }),
  };
}

function winsOf(reader: Reader, value: unknown, path: Path): string | string[] {
  const word = (one: unknown, place: Path): string => reader.oneOf<string>(one, place, { words: WINS, fallback: 'ats' });
  if (!Array.isArray(value)) return word(value, path);
  const words = reader.list(value, path, WINS.length).map((one, at) => word(one, [...path, at]));
  if (words.length === 0) reader.fault(path, 'wins names nobody');
  if (words.includes('union') && words.length > 1) reader.fault(path, 'union keeps what everybody says, so it stands alone');
  return words;
}
