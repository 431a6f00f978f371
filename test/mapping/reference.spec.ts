import { parse } from 'yaml';
import { compileMapping, parseMapping, type MapResult } from '#hub/mapping';
import { interpret, type ReferenceResult } from './reference-interpreter.js';
import { Random, randomMapping, randomRecord } from './random-mapping.js';

const PAIRS = Number(process.env.MAPPING_PAIRS ?? 100_000);
const SEED = Number(process.env.MAPPING_SEED ?? 7);
const RECORDS = 200;
const CONTEXT = { settings: { country: 'DE' }, now: new Date('2026-11-24T12:00:00Z') };

/** Both say it in the same words, or the property has found something. */
function said(result: MapResult | ReferenceResult): string {
  if (result.kind === 'excluded') return 'excluded';
  const failures = ('blocked' in result ? result.blocked : (result.failures ?? [])).map((failure) =>
    typeof failure === 'string' ? failure : `${failure.code} ${failure.field}`,
  );
  if (result.kind === 'refused') return JSON.stringify({ refused: failures });
  const parents = (result.parents ?? []).map(({ role, externalId, ref }) => ({ role, externalId, ref }));
  return JSON.stringify({ values: sorted(result.values), parents, failures });
}
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  const object = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, sorted(object[key])]),
  );
}

it(`says what a slow reading of the same file says, over ${PAIRS} random mappings and records`, () => {
  const random = new Random(SEED);
  const counts = { pairs: 0, mapped: 0, refused: 0, excluded: 0, rejected: 0 };
  const words = new Map<string, number>();
  while (counts.pairs < PAIRS) {
    const file = randomMapping(random);
    const { mapping } = parseMapping(file, 'x/y.yaml');
    if (!mapping) {
      counts.rejected += 1;
      continue;
    }
    const compiled = compileMapping(mapping);
    const read = parse(file) as Record<string, unknown>;
    for (const word of file.matchAll(/"(?:as|of)":"(\w+)"|\{"(\w+)":|"(trim|collapse|lower|upper|hash|first|last|only|unique|sort)"/g))
      words.set(word[1] ?? word[2] ?? word[3], (words.get(word[1] ?? word[2] ?? word[3]) ?? 0) + 1);
    for (let at = 0; at < RECORDS; at += 1) {
      const record = randomRecord(random);
      const ours = compiled.toCanonical(record, CONTEXT);
      const [fast, slow] = [said(ours), said(interpret(read, record, CONTEXT))];
      if (fast !== slow) expect({ file, record, fast }).toEqual({ file, record, fast: slow });
      counts.pairs += 1;
      counts[ours.kind] += 1;
    }
  }
  expect(counts.mapped).toBeGreaterThan(PAIRS / 20);
  expect(counts.refused).toBeGreaterThan(PAIRS / 20);
  for (const word of 'trim collapse lower upper prefix suffix removePrefix removeSuffix split join match replace translate hash first last only unique sort where take limit scale email phone url zone enum instant date duration number integer boolean currency country language region object list emails phones custom'.split(
    ' ',
  ))
    expect({ word, used: (words.get(word) ?? 0) >= 5 }).toEqual({ word, used: true });
}, 600_000);
