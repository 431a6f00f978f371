import { createHmac } from 'node:crypto';
import type { CanonicalValues, ObjectName } from '#hub/canonical';
import type { ConnectorCategory } from '#hub/connector-sdk';
import { tenantMatchKey } from '#hub/governance';
import { emailIdentifiers, strongIdentifiers, type StrongIdentifier } from '#hub/identity';
import type { ParentLink } from '#hub/mapping';
import { arrayLiteral, type TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { parentStreamOf } from '../inward/resolve-parents.js';
import type { StreamContext, TenantStreams } from '../stream-context.js';

/** Why something is not let in: hexadecimal keyed hashes, of which nobody can tell the address or number without the tenant's key. */
export interface SuppressionHashes {
  record: (streamId: string, externalId: string) => string;
  identifier: (identifier: Pick<StrongIdentifier, 'kind' | 'canonical'>) => string;
}

export async function suppressionHashes(tx: TenantTx, hub: Pick<Hub, 'secrets'>): Promise<SuppressionHashes> {
  const secret = await tenantMatchKey(tx, hub.secrets);
  // The words in front keep these hashes apart from those of match keys, which are of the same secret.
  const hashOf = (...parts: string[]): string =>
    createHmac('sha256', secret)
      .update(JSON.stringify(['suppression', ...parts]))
      .digest('hex');
  return {
    record: (streamId, externalId) => hashOf('record', streamId, externalId),
    identifier: ({ kind, canonical }) => hashOf(kind, canonical),
  };
}

/** What is about to be let in. */
export interface Suspect {
  externalId: string;
  /** Absent where its mapping refuses it: `text` is looked through instead. */
  values?: CanonicalValues;
  parents?: ParentLink[];
  ref?: string;
  /** The raw payload as JSON. */
  text: string;
}
export interface Suppressed {
  /** The erasure because of which it is not let in. */
  erasureId: string;
}
export interface Verdicts {
  /** By external id. */
  suppressed: Map<string, Suppressed>;
  /** Erasures of people who are here again of their own will. */
  returned: Set<string>;
}
interface Scope {
  tx: TenantTx;
  hub: Pick<Hub, 'secrets'>;
  stream: StreamContext;
  streams: TenantStreams;
}
interface Standing {
  hash: string;
  erasureId: string;
  scope: 'sourcing' | 'all';
  erasedAt: Date;
}
/** Everything by which a record could be one of an erased person. */
interface Traces {
  own: string;
  /** Hashes and reference numbers of what it hangs on, or what it is. */
  family: string[];
  identifiers: string[];
}

const NOBODY: Verdicts = { suppressed: new Map(), returned: new Set() };

/** Which of these records are of people who were erased: by their own ids, by whom they hang on, or by the addresses, numbers and profiles that they bear. */
export async function findSuppressed(scope: Scope, suspects: readonly Suspect[]): Promise<Verdicts> {
  if (suspects.length === 0 || !(await anybodySuppressed(scope.tx))) return NOBODY;
  const hashes = await suppressionHashes(scope.tx, scope.hub);
  const traces = suspects.map((suspect) => ({ suspect, ...tracesOf(scope, hashes, suspect) }));
  const standing = await loadStanding(scope.tx, traces);
  const verdicts: Verdicts = { suppressed: new Map(), returned: new Set() };
  for (const { suspect, own, family, identifiers } of traces) {
    if (standing.has(own) || family.some((one) => standing.has(one))) continue;
    for (const erasure of identifiers.flatMap((one) => standing.get(one) ?? []))
      if (cameBack(scope.stream, suspect, erasure)) verdicts.returned.add(erasure.erasureId);
  }
  for (const { suspect, own, family, identifiers } of traces) {
    const hit =
      standing.get(own) ??
      family.flatMap((one) => standing.get(one) ?? [])[0] ??
      identifiers.flatMap((one) => standing.get(one) ?? []).find(({ erasureId }) => !verdicts.returned.has(erasureId));
    if (hit) verdicts.suppressed.set(suspect.externalId, { erasureId: hit.erasureId });
  }
  return verdicts;
}

async function anybodySuppressed(tx: TenantTx): Promise<boolean> {
  const [row] = await tx.query<{ any: boolean }>(`SELECT EXISTS (SELECT FROM suppression WHERE lifted_at IS NULL) AS any`);
  return row.any;
}

function tracesOf({ stream, streams }: Scope, hashes: SuppressionHashes, suspect: Suspect): Traces {
  const parents = (suspect.parents ?? []).flatMap((parent) => {
    const streamId = parentStreamOf({ stream, streams }, parent);
    return streamId !== undefined && parent.externalId !== undefined ? [hashes.record(streamId, parent.externalId)] : [];
  });
  const refs = [suspect.ref, ...(suspect.parents ?? []).flatMap(({ ref, mentioned }) => [ref, mentioned])];
  return {
    own: hashes.record(stream.streamId, suspect.externalId),
    family: [...parents, ...refs.flatMap((ref) => ref ?? [])],
    identifiers: identifiersOf(stream.object, suspect).map(hashes.identifier),
  };
}

/** Of a message or a meeting, whoever takes part; of what cannot be mapped, every address in it. */
function identifiersOf(object: ObjectName, { values, text }: Suspect): Pick<StrongIdentifier, 'kind' | 'canonical'>[] {
  const addresses = (list: string[]) => list.map((canonical) => ({ kind: 'email' as const, canonical }));
  if (values === undefined) return addresses(emailIdentifiers(text));
  if (object === 'candidate') return strongIdentifiers(values);
  return addresses(emailIdentifiers([values.from ?? null, values.to ?? null, values.cc ?? null, values.attendees ?? null]));
}

async function loadStanding(tx: TenantTx, traces: Traces[]): Promise<Map<string, Standing>> {
  const all = [...new Set(traces.flatMap(({ own, family, identifiers }) => [own, ...family, ...identifiers]))];
  const HASH = /^[0-9a-f]{64}$/;
  const rows = await tx.query<Standing>(
    `SELECT encode(s.hash, 'hex') AS hash, e.id AS "erasureId", e.scope, e.erased_at AS "erasedAt" FROM unnest($1::text[]) AS asked (hash)
       JOIN suppression s ON s.tenant_id = $3 AND s.hash = decode(asked.hash, 'hex') JOIN erasure e ON e.tenant_id = s.tenant_id AND e.id = s.erasure_id
     WHERE s.lifted_at IS NULL AND coalesce(e.expires_at > now(), true)
     UNION ALL
     SELECT c.ref, e.id, e.scope, e.erased_at FROM cluster c JOIN erasure e ON e.tenant_id = c.tenant_id AND e.cluster_id = c.id WHERE c.ref = ANY ($2) AND c.erased_at IS NOT NULL`,
    [arrayLiteral(all.filter((one) => HASH.test(one))), arrayLiteral(all.filter((one) => !HASH.test(one))), tx.tenantId],
  );
  return new Map(rows.map((row) => [row.hash, row]));
}

/** Where people apply by themselves. */
const SELF_SERVICE: readonly ConnectorCategory[] = ['job-board'];

/** A new application by the person, or a consent that is younger than the erasure, lets them in again; being found by somebody does not. */
function cameBack(stream: StreamContext, { values }: Suspect, { scope, erasedAt }: Standing): boolean {
  if (scope === 'all' || stream.object !== 'candidate' || values === undefined) return false;
  return SELF_SERVICE.includes(stream.connection.category) || consentedSince(values, erasedAt);
}

function consentedSince({ consents }: CanonicalValues, since: Date): boolean {
  if (!Array.isArray(consents)) return false;
  return consents.some((consent) => {
    const givenAt = typeof consent === 'object' && consent !== null && !Array.isArray(consent) ? consent.givenAt : undefined;
    return typeof givenAt === 'string' && Date.parse(givenAt) > since.getTime();
  });
}
