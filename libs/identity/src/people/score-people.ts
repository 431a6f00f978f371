import type { CanonicalValues } from '#hub/canonical';
import { Gate, sharedIdentifiers, type Band, type Bands, type SharedIdentifiers } from '../linkage/bands.js';
import { DatasetBuilder, type Dataset } from '../linkage/dataset.js';
import { useFrequencies } from '../linkage/frequencies.js';
import type { Model } from '../linkage/model.js';
import { PairScorer, type Contribution } from '../linkage/pair-scorer.js';
import type { Denied, PersonIdentifier } from './people-rules.js';
import { PERSON_FIELDS, personRow } from './person-row.js';

/** A source record of a person. */
export interface Person {
  recordId: string;
  /** Stable and unique, whatever the order of arrival: stream id and external id. */
  order: string;
  values: CanonicalValues;
}
export interface PersonEdge {
  /** Record ids, the lower first. */
  a: string;
  b: string;
  /** Log-odds, base 2. */
  score: number;
  band: Band;
  /** The gate that keeps the pair from merging by itself. */
  reason?: string;
  /** The comparison vector in words, such as `email:equal givenName:nickname`: equal words, equal vectors. */
  vector: string;
  /** In bits; they add up to the score. */
  contributions: Contribution[];
}
/** The normal form of an identifier; of a phone its last seven digits. */
export interface Identifier {
  field: PersonIdentifier;
  text: string;
}

/** What decides who is who. */
export interface PeopleMatcher {
  model: Model;
  bands: Bands;
  /** What may prove that two records are one person, the strongest first. */
  identifiers?: readonly PersonIdentifier[];
  denied?: Denied;
}

/** Compares people pair by pair under one model. Two people have the same score in whatever company they are loaded. */
export class PeopleScorer {
  private readonly dataset: Dataset;
  private readonly scorer: PairScorer;
  private readonly gate: Gate;
  private readonly at: Map<string, number>;
  private readonly shared: SharedIdentifiers;
  private readonly places: Places;
  private readonly bands: Bands;

  constructor(people: readonly Person[], { model, bands, identifiers, denied, crowded = [] }: PeopleMatcher & { crowded?: Identifier[] }) {
    const builder = new DatasetBuilder(PERSON_FIELDS);
    for (const { order, values } of people) builder.add(personRow(order, values, denied));
    this.dataset = builder.build({ within: true });
    this.shared = sharedIdentifiers(this.dataset);
    this.places = placesOf(this.dataset);
    // Whoever is too many to be looked at shares the identifier.
    for (const identifier of crowded)
      for (const [at, value] of this.places.get(nameOf(identifier)) ?? []) this.shared.get(at)?.fill(1, value, value + 1);
    this.scorer = new PairScorer(useFrequencies(this.dataset, model), model);
    this.bands = bands;
    this.gate = new Gate(this.dataset, this.scorer.comparer, { bands, identifiers, shared: this.shared });
    this.at = new Map(Array.from(this.dataset.arrivals, (arrival, at) => [people[arrival].recordId, at]));
  }

  score(a: string, b: string): number {
    return this.scorer.score(...this.pair(a, b));
  }

  edge(one: string, other: string): PersonEdge | undefined {
    const [a, b] = one < other ? [one, other] : [other, one];
    const [x, y] = this.pair(a, b);
    const score = this.scorer.scoreFrom(this.bands.review, x, y);
    if (score === undefined) return undefined;
    const band = this.gate.band(score, x, y);
    const contributions = this.scorer.explain(x, y);
    return { a, b, score, band, reason: this.gate.objection(x, y), vector: vectorOf(contributions), contributions };
  }

  /** Says whether people of different names, of those given, hold the identifier. */
  isShared(identifier: Identifier): boolean {
    return (this.places.get(nameOf(identifier)) ?? []).some(([at, value]) => this.shared.get(at)?.[value] === 1);
  }

  /** In the order of the data set, so that no sum depends on which of the two came first. */
  private pair(a: string, b: string): [number, number] {
    const [x, y] = [this.at.get(a), this.at.get(b)];
    if (x === undefined || y === undefined) throw new Error(`records ${a} and ${b} were not both given`);
    return x < y ? [x, y] : [y, x];
  }
}

function vectorOf(contributions: Contribution[]): string {
  const words = contributions.flatMap(({ name, level }) => (level === undefined ? [] : [`${name}:${level.replaceAll(/[ ,]+/g, '-')}`]));
  return words.sort().join(' ');
}

/** Values of one identifier: column and number. A phone's key is its end only, so several numbers may be meant. */
type Places = Map<string, [column: number, value: number][]>;

function placesOf({ columns }: Dataset): Places {
  const places: Places = new Map();
  columns.forEach(({ kind, table }, at) => {
    if (kind !== 'email' && kind !== 'phone' && kind !== 'profileUrl') return;
    table.texts.forEach((text, value) => {
      const name = nameOf({ field: kind, text: kind === 'phone' ? text.slice(-7) : text });
      places.set(name, [...(places.get(name) ?? []), [at, value]]);
    });
  });
  return places;
}

function nameOf({ field, text }: Identifier): string {
  return `${field}:${text}`;
}
