import type { CanonicalValue } from '#hub/canonical';
import type { Pin, RestoredClaim } from '#hub/identity';

interface PinnedField {
  field: string;
  value: CanonicalValue;
  at: string;
}
interface GivenBack {
  field: string;
  value: CanonicalValue;
  /** Without it the record says nothing of the field. */
  said: boolean;
  insteadOf: CanonicalValue;
}
export interface OverrideColumns {
  record_id: string;
  connection_id: string;
  pinned: PinnedField[] | null;
  given_back: GivenBack[] | null;
}

/** SQL columns: what people pinned on record `s`, and what unmerging gave back to it. Few records have either. */
export const OVERRIDES = `
  (SELECT jsonb_agg(jsonb_build_object('field', p.field, 'value', p.value, 'at', p.created_at) ORDER BY p.created_at) FROM pin p
   WHERE p.tenant_id = s.tenant_id AND p.record_id = s.id AND p.released_at IS NULL AND coalesce(p.expires_at > now(), true)) AS pinned,
  (SELECT jsonb_agg(jsonb_build_object('field', r.field, 'value', r.value, 'said', r.value IS NOT NULL, 'insteadOf', r.instead_of)) FROM restored_claim r
   WHERE r.tenant_id = s.tenant_id AND r.record_id = s.id AND r.released_at IS NULL) AS given_back`;

export function pinsOfRow({ record_id: recordId, connection_id: connectionId, pinned }: OverrideColumns): Record<string, Pin> {
  return Object.fromEntries(
    (pinned ?? []).map(({ field, value, at }) => [field, { recordId, connectionId, value, at: new Date(at).toISOString() }]),
  );
}

export function claimsOfRow({ given_back: givenBack }: OverrideColumns): Record<string, RestoredClaim> | undefined {
  return (
    (givenBack &&
      Object.fromEntries(givenBack.map(({ field, value, said, insteadOf }) => [field, { insteadOf, ...(said ? { value } : {}) }]))) ??
    undefined
  );
}
