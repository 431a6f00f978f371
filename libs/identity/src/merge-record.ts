import type { CanonicalValue, CanonicalValues } from '#hub/canonical';
import type { Member, MergeInput, MergeResult, Provenance, RestoredClaim } from './merge-types.js';
import { orderOf, type Claim } from './rank-members.js';
import { sameValue } from './same-value.js';
import { unionElements } from './union-elements.js';

const DEFAULT_WINS = 'ats';

/**
 * Chooses the golden value of every field, and says why. A pure function of the members as a set: no order of arrival, no
 * repetition and no clock but the hub's own (`changedAt`) has a part in it.
 */
export function mergeRecord(input: MergeInput): MergeResult {
  const { members, before, frozen = [], pins = {} } = input;
  if (members.length === 1 && before === undefined && members[0].bases === undefined && frozen.length === 0)
    return mergeOnly(input, members[0]);
  const values: CanonicalValues = {};
  const provenance: Record<string, Provenance> = {};
  const leaders = leadersOf(input);
  for (const field of fieldsOf(members)) {
    const settled = frozen.includes(field) ? undefined : settleField(input, field, leaders.get(input.policies[field]?.group));
    if (settled === undefined) continue;
    values[field] = settled.value;
    provenance[field] = settled.provenance;
  }
  for (const [field, { value, recordId, connectionId, at }] of Object.entries(pins)) {
    values[field] = value;
    provenance[field] = { record: recordId, connection: connectionId, rule: 'pin', at };
  }
  for (const field of frozen) if (before?.[field] !== undefined) values[field] = before[field];
  return { values, provenance, changed: changedFields(input, values) };
}

/** Most records of a first sync stand alone: nothing to compare, nothing to rank. */
function mergeOnly({ object, policies }: MergeInput, member: Member): MergeResult {
  const values: CanonicalValues = {};
  const provenance: Record<string, Provenance> = {};
  for (const field of Object.keys(member.values)) {
    const value = member.values[field];
    if (value === undefined) continue;
    const rule = ruleOf(policies, field);
    values[field] = rule === 'union' && Array.isArray(value) && value.length > 1 ? unionElements({ object, field }, [value]) : value;
    provenance[field] = { record: member.recordId, connection: member.connectionId, rule, at: changeTime(member, field) };
  }
  return { values, provenance, changed: Object.keys(values) };
}

function settleField(input: MergeInput, field: string, leader?: string): { value: CanonicalValue; provenance: Provenance } | undefined {
  const rule = ruleOf(input.policies, field);
  const members = leader === undefined ? input.members : input.members.filter(({ recordId }) => recordId === leader);
  const claims = spoken(
    members.flatMap((member) => claimOf(input, { member, field })),
    input.policies[field]?.blank,
  ).sort(orderOf(input.policies[field]?.wins ?? DEFAULT_WINS));
  if (claims.length === 0) return emptied(input, field);
  const lists = rule === 'union' ? listsOf(claims) : [];
  const { member, value, at } = claims.find((claim) => lists.length === 0 || Array.isArray(claim.value)) ?? claims[0];
  return {
    value: lists.length > 0 ? unionElements({ object: input.object, field }, lists) : value,
    provenance: { record: member.recordId, connection: member.connectionId, rule, at },
  };
}

/** The record that gives each group of fields: the winner of the first of them, in the order of the rules. */
function leadersOf(input: MergeInput): Map<string | undefined, string> {
  const leaders = new Map<string | undefined, string>();
  for (const [field, { group }] of Object.entries(input.policies)) {
    if (group === undefined || leaders.has(group) || input.frozen?.includes(field)) continue;
    const record = settleField(input, field)?.provenance.record;
    if (record !== undefined) leaders.set(group, record);
  }
  return leaders;
}

/** Where a blank is no word, it counts only when nobody says anything else. */
function spoken(claims: Claim[], blank: 'absent' | 'value' = 'value'): Claim[] {
  const said = blank === 'absent' ? claims.filter(({ value }) => value !== null) : claims;
  return said.length > 0 ? said : claims;
}

function ruleOf(policies: MergeInput['policies'], field: string): string {
  const wins = policies[field]?.wins ?? DEFAULT_WINS;
  return typeof wins === 'string' ? wins : wins.join(' > ');
}

/** A member that still says what its system returned for our value stands for our value: a vendor's reformatting never wins by accident. */
function claimOf({ object }: MergeInput, { member, field }: { member: Member; field: string }): Claim[] {
  const said = member.values[field];
  if (said === undefined) return [];
  const base = member.bases?.[field];
  const restored = activeClaim({ object, field }, member);
  if (restored) return restored.value === undefined ? [] : [{ member, value: restored.value, at: changeTime(member, field) }];
  const value = base?.ours !== undefined && sameValue({ object, field }, said, base.theirs) ? base.ours : said;
  return [{ member, value, at: changeTime(member, field) }];
}

/** What we wrote while the record was merged with others is not its own word, as long as its system shows nothing else. */
function activeClaim({ object, field }: { object: MergeInput['object']; field: string }, member: Member): RestoredClaim | undefined {
  const [restored, base] = [member.restored?.[field], member.bases?.[field]];
  if (restored === undefined || base?.ours === undefined || !sameValue({ object, field }, base.ours, restored.insteadOf)) return undefined;
  return sameValue({ object, field }, member.values[field], base.theirs) ? restored : undefined;
}

/** A system that had said nothing before we wrote to it is cleared. */
function emptied({ object, members }: MergeInput, field: string): { value: CanonicalValue; provenance: Provenance } | undefined {
  const member = members.find((one) => activeClaim({ object, field }, one) !== undefined);
  if (member === undefined) return undefined;
  const { recordId: record, connectionId: connection } = member;
  return { value: null, provenance: { record, connection, rule: 'unmerge', at: changeTime(member, field) } };
}

/** Cleared adds nothing to a union; anything else that is no list makes it a choice. */
function listsOf(claims: Claim[]): CanonicalValue[][] {
  const lists = claims.flatMap(({ value }) => (Array.isArray(value) ? [value] : []));
  return claims.every(({ value }) => value === null || Array.isArray(value)) ? lists : [];
}

function changeTime(member: Member, field: string): string {
  return member.fieldChangedAt?.[field] ?? member.changedAt;
}

function changedFields({ object, before }: MergeInput, values: CanonicalValues): string[] {
  if (before === undefined) return Object.keys(values);
  return [...new Set([...Object.keys(before), ...Object.keys(values)])].filter(
    (field) => !sameValue({ object, field }, before[field], values[field]),
  );
}

function fieldsOf(members: Member[]): Set<string> {
  return new Set(members.flatMap((member) => Object.keys(member.values)));
}
