/** One level of a comparison as Splink has it. */
interface SplinkLevel {
  /** Splink's comparison vector value: -1 where a side is missing, then from 0 for `else` upwards. */
  value: number;
  /** Bits; 0 for a missing value. */
  weight: number;
  termFrequency?: { weight: number; minimum: number; /** `log2` of the likelihood of an exact match by chance. */ exact: number };
}
export interface SplinkModel {
  /** Bits of the prior alone. */
  prior: number;
  comparisons: { name: string; levels: SplinkLevel[] }[];
}
/** What Splink found for one pair: a value for each comparison, and for those it adjusts how frequent the two values are. */
export interface SplinkPair {
  vector: Readonly<Record<string, number>>;
  frequencies?: Readonly<Record<string, readonly [number | null, number | null]>>;
}

/** A likelihood that Splink's training did not see. */
const NOT_OBSERVED = 1e-6;

/**
 * Reads a model that Splink (4 and 5) wrote with `save_model_to_json`.
 * @throws Error that names the place of what is wrong
 */
export function importSplinkModel(json: unknown): SplinkModel {
  const model = objectAt(json, '');
  const prior = numberAt(model.probability_two_random_records_match, '/probability_two_random_records_match');
  if (!(prior > 0 && prior < 1)) throw new Error('/probability_two_random_records_match must be between 0 and 1');
  const comparisons = listAt(model.comparisons, '/comparisons').map((one, at) => comparisonOf(one, `/comparisons/${at}`));
  return { prior: Math.log2(prior / (1 - prior)), comparisons };
}

/**
 * Splink's match weight of a pair, in bits.
 * @throws Error for a comparison that the pair does not have, or a level that the model does not have
 */
export function splinkWeight({ prior, comparisons }: SplinkModel, { vector, frequencies = {} }: SplinkPair): number {
  return comparisons.reduce((sum, { name, levels }) => {
    const level = levels.find(({ value }) => value === vector[name]);
    if (level === undefined)
      throw new Error(`"${name}" is ${vector[name] ?? 'missing'}; the model has ${levels.map(({ value }) => value).join(', ')}`);
    return sum + level.weight + adjustment(level, frequencies[name]);
  }, prior);
}

function adjustment({ termFrequency }: SplinkLevel, frequencies: readonly [number | null, number | null] | undefined): number {
  const both: readonly (number | null)[] = frequencies ?? [];
  const known = both.filter((one) => one !== null);
  if (termFrequency === undefined || known.length === 0) return 0;
  return termFrequency.weight * (termFrequency.exact - Math.log2(Math.max(...known, termFrequency.minimum)));
}

function comparisonOf(json: unknown, at: string): SplinkModel['comparisons'][number] {
  const comparison = objectAt(json, at);
  if (typeof comparison.output_column_name !== 'string') throw new Error(`${at}/output_column_name must be a text`);
  const levels = listAt(comparison.comparison_levels, `${at}/comparison_levels`).map((one, level) =>
    objectAt(one, `${at}/comparison_levels/${level}`),
  );
  const graded = levels.filter(({ is_null_level }) => is_null_level !== true);
  if (graded.length < 2) throw new Error(`${at}/comparison_levels needs two levels beside the one for missing values`);
  const likelihoods = graded.map((level, place) => likelihoodsOf(level, { value: graded.length - 1 - place, of: graded.length, at }));
  return {
    name: comparison.output_column_name,
    levels: [
      { value: -1, weight: 0 },
      ...graded.map((level, place) => ({
        value: graded.length - 1 - place,
        weight: Math.log2(likelihoods[place].m / likelihoods[place].u),
        termFrequency: termFrequencyOf(level, { graded, likelihoods }),
      })),
    ],
  };
}

type Json = Record<string, unknown>;
interface Likelihoods {
  m: number;
  u: number;
}

/** A level that was never trained has the value Splink starts from. */
function likelihoodsOf(
  { m_probability: m, u_probability: u }: Json,
  { value, of, at }: { value: number; of: number; at: string },
): Likelihoods {
  const top = value === of - 1;
  const startM = top ? 0.95 : 0.05 / (of - 1);
  const startWeight = top ? 10 : of === 2 ? -5 : -5 + (value * 8) / (of - 2);
  return {
    m: likelihood(m, { start: startM, at: `${at}/m_probability` }),
    u: likelihood(u, { start: startM / 2 ** startWeight, at: `${at}/u_probability` }),
  };
}

function likelihood(given: unknown, { start, at }: { start: number; at: string }): number {
  if (given === undefined || given === null) return start;
  return typeof given === 'string' ? NOT_OBSERVED : numberAt(given, at);
}

/** Splink adjusts by the exact level of the same column; the last level, `else`, is never adjusted. */
function termFrequencyOf(
  level: Json,
  { graded, likelihoods }: { graded: Json[]; likelihoods: Likelihoods[] },
): SplinkLevel['termFrequency'] {
  const { tf_adjustment_column: column, tf_adjustment_weight: weight = 1, tf_minimum_u_value: minimum = 0 } = level;
  if (typeof column !== 'string' || level === graded.at(-1)) return undefined;
  const exact = graded.findIndex(({ sql_condition }) => isEquality(sql_condition, column));
  const { u } = likelihoods[exact < 0 ? graded.indexOf(level) : exact];
  return { weight: Number(weight), minimum: Number(minimum), exact: Math.log2(u) };
}

function isEquality(condition: unknown, column: string): boolean {
  const plain = String(condition)
    .replaceAll(/["`\s]/g, '')
    .toLowerCase();
  const name = column.toLowerCase();
  return plain === `${name}_l=${name}_r`;
}

function objectAt(json: unknown, at: string): Json {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new Error(`${at === '' ? 'the model' : at} must be an object`);
  return json as Json;
}
function listAt(json: unknown, at: string): unknown[] {
  if (!Array.isArray(json) || json.length === 0) throw new Error(`${at} must be a list that is not empty`);
  return json;
}
function numberAt(json: unknown, at: string): number {
  if (typeof json !== 'number' || !Number.isFinite(json)) throw new Error(`${at} must be a number`);
  return json;
}
