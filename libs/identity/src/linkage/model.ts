import type { FieldKindName } from './field-kinds.js';
import type { Frequencies } from './frequencies.js';

/** How likely one level of a comparison is among each kind of pair. */
export interface LevelModel {
  level: string;
  /** Among pairs of one person, and among pairs of two who have nothing to do with each other (Fellegi & Sunter 1969). */
  m: number;
  u: number;
  /** Among pairs of two people who share a home, a mailbox or a desk. */
  r: number;
}
export interface ComparisonModel {
  name: string;
  /** Absent where the comparison is of two fields that may stand in each other's place. */
  kind?: FieldKindName;
  levels: LevelModel[];
}
/** What was learned about one tenant's records. Plain JSON; the same records, settings and seed give the same bytes. */
export interface Model {
  version: 1;
  seed: number;
  /** Probability that two records drawn at random are one person, or two related ones. */
  prior: number;
  related: number;
  /** How much of the weight of a value's own frequency counts, at equality and below. */
  termFrequency: { equal: number; near: number };
  comparisons: ComparisonModel[];
  /** Kept where records are scored that were not learned from: without them the records that are scored give their own. */
  frequencies?: Frequencies;
}

const SIGNIFICANT_DIGITS = 12;

/** Numbers at twelve significant digits: enough for any decision, and no last bit that depends on the order of a sum. */
export function roundModel(model: Model): Model {
  return JSON.parse(JSON.stringify(model, (_, value: unknown) => (typeof value === 'number' ? rounded(value) : value))) as Model;
}

function rounded(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}
