import { MISSING, type Column, type Dataset } from './dataset.js';
import type { FieldKindName } from './field-kinds.js';
import { areNicknames, areOneAbroad, givenNameFamily } from './nicknames.js';
import { NEAR, type PairComparer } from './comparisons.js';

export type Band = 'auto' | 'review' | 'distinct';
export interface Bands {
  /** Least score, in bits, to merge without a person, and to ask one. */
  auto: number;
  review: number;
}
/** Shipped until a tenant's own decisions say better: odds of 64 to 1 behind every gate, and of 1 to 16. */
export const SHIPPED_BANDS: Bands = { auto: 6, review: -4 };

/** What may prove that two records are one person, the strongest first. */
const IDENTIFIERS: readonly FieldKindName[] = ['nationalId', 'profileUrl', 'email', 'phone'];
/** Holders of one identifier whose names are looked at. */
const LOOKED_AT = 24;

export interface GateOptions {
  bands?: Bands;
  /** What may prove that two records are one person, the strongest first. */
  identifiers?: readonly FieldKindName[];
  shared?: SharedIdentifiers;
}

/** Decides pairs of one data set by their score and by gates that no score passes: each names the reason for which a person is asked. */
export class Gate {
  private readonly at: Partial<Record<FieldKindName, number>>;
  private readonly bands: Bands;
  private readonly identifiers: readonly FieldKindName[];
  private readonly shared: SharedIdentifiers;

  constructor(
    private readonly dataset: Dataset,
    private readonly comparer: PairComparer,
    { bands = SHIPPED_BANDS, identifiers = IDENTIFIERS, shared = sharedIdentifiers(dataset) }: GateOptions = {},
  ) {
    this.bands = bands;
    this.identifiers = identifiers;
    this.shared = shared;
    this.at = Object.fromEntries(dataset.columns.map(({ kind }, at) => [kind, at]));
  }

  /** The band of the pair that `comparer` compared last. */
  band(score: number, a: number, b: number): Band {
    if (score < this.bands.review) return 'distinct';
    return score >= this.bands.auto && this.objection(a, b) === undefined ? 'auto' : 'review';
  }

  /** Why the pair that was compared last is not merged without a person, whatever its score; nothing when no gate objects. */
  objection(a: number, b: number): string | undefined {
    return this.conflict(a, b) ?? this.lackOfProof();
  }

  /** What two records of one person would not differ in. */
  conflict(a: number, b: number): string | undefined {
    const { levels } = this.comparer;
    const swap = levels[this.dataset.columns.length] ?? 0;
    if (swap === 1) return "one of their names stands in the other's place";
    const swapped = swap > 1;
    if (!swapped && this.between('givenName', 1, 3)) return 'their given names differ';
    if (this.between('givenName', 5, 5)) return 'one given name is an initial only';
    if (!swapped && this.between('givenName', 6, 6) && this.agreeAbroad(a, b)) return 'their given names are one in some language only';
    if (!swapped && this.between('familyName', 1, 3)) return 'their family names differ';
    if (this.between('birthDate', 1, 4)) return 'their dates of birth differ';
    if (this.between('nationalId', 1, 2)) return 'their national ids differ';
    if (this.between('profileUrl', 1, 1)) return 'their profiles differ';
    if (this.valueOf('generation', a) !== this.valueOf('generation', b)) return 'only one is called the younger or the elder';
    return undefined;
  }

  private lackOfProof(): string | undefined {
    const { levels, values, comparisons } = this.comparer;
    for (const kind of this.identifiers) {
      const at = this.at[kind];
      if (at === undefined || levels[at] === 0) continue;
      if (levels[at] < comparisons[at].levels.length) {
        if (kind === 'phone') continue;
        return `their ${kind} differs and no stronger identifier agrees`;
      }
      if (kind === 'phone' && !this.between('birthDate', 5, 5)) return "a phone alone may be a family's";
      if (this.shared.get(at)?.[values[at]] === 0) return undefined;
    }
    return 'no identifier of one person agrees';
  }

  private between(kind: FieldKindName, from: number, to: number): boolean {
    const at = this.at[kind];
    return at !== undefined && this.comparer.levels[at] >= from && this.comparer.levels[at] <= to;
  }

  private agreeAbroad(a: number, b: number): boolean {
    const { slots, table } = this.dataset.columns[this.at.givenName as number];
    const [one, other] = [a, b].map((record) => table.derived(slots[0][record], givenNameFamily));
    return areOneAbroad(one, other);
  }

  private valueOf(kind: FieldKindName, record: number): number {
    const at = this.at[kind];
    return at === undefined ? MISSING : this.dataset.columns[at].slots[0][record];
  }
}

/** Per column of identifiers, 1 for each value that people of different names hold. */
export type SharedIdentifiers = Map<number, Uint8Array>;

export function sharedIdentifiers(dataset: Dataset): SharedIdentifiers {
  return new Map(
    dataset.columns.flatMap((column, at) => (IDENTIFIERS.includes(column.kind) ? [[at, sharedValues(dataset, column)] as const] : [])),
  );
}

/** Marks the values that people of different given names hold: a family's mailbox, an agency's, a phone that was passed on. */
function sharedValues({ columns, size }: Dataset, identifier: Column): Uint8Array {
  const shared = new Uint8Array(identifier.counts.length);
  const given = columns.find(({ kind }) => kind === 'givenName');
  const family = columns.find(({ kind }) => kind === 'familyName');
  if (given === undefined) return shared;
  const names = new Map<number, number[]>();
  for (let at = 0; at < size; at++) {
    const name = given.slots[0][at];
    if (name === MISSING) continue;
    for (const slot of identifier.slots) {
      const value = slot[at];
      if (value === MISSING || shared[value] === 1 || identifier.counts[value] < 2) continue;
      const known = names.get(value) ?? [];
      if (known.length >= LOOKED_AT || known.some((other) => isOther(given, name, other) && !(family && isSwap(family, { at, other }))))
        shared[value] = 1;
      else names.set(value, [...known, name]);
    }
  }
  return shared;
}

/** The other holder's given name stands where this one has the family name. */
function isSwap({ slots, table }: Column, { at, other }: { at: number; other: number }): boolean {
  const name = slots[0][at];
  return name !== MISSING && (name === other || table.similarity(name, other, NEAR) >= NEAR);
}

function isOther({ table }: Column, a: number, b: number): boolean {
  if (a === b || table.similarity(a, b, 0.75) >= 0.75) return false;
  if (areNicknames(table.derived(a, givenNameFamily), table.derived(b, givenNameFamily))) return false;
  const [first, second] = [table.texts[a], table.texts[b]];
  return !((first.length === 1 || second.length === 1) && first[0] === second[0]);
}
