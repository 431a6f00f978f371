import type { CanonicalValues, ObjectName } from '#hub/canonical';
import { personKeys, IDENTIFYING_KEYS, strongIdentifiers, type StrongIdentifier } from '#hub/identity';
import { tenantMatchKey } from '#hub/governance';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { loadPeople } from '../identity/find-edges.js';

export interface ReachedRecord {
  id: string;
  streamId: string;
  connectionId: string;
  object: ObjectName;
  externalId: string;
}
/** Somebody else's record that bears an identifier of the person: whose it is then, nobody can say. */
export interface SharedIdentifier {
  recordId: string;
  ref: string | null;
  kind: StrongIdentifier['kind'];
}
/** All that the hub has of one person. */
export interface Reach {
  clusters: string[];
  records: ReachedRecord[];
  /** Vendor ids under which the records are, or were, known, without those of `records`. */
  aliases: Omit<ReachedRecord, 'id' | 'object'>[];
  /** What names this person and nobody else. */
  identifiers: StrongIdentifier[];
  shared: SharedIdentifier[];
}

/** What hangs on a person is the person's: applications, interviews, messages, assessments, in whatever system. A job or a client is not. */
const OF_NOBODY: ObjectName[] = ['candidate', 'job', 'client', 'stage'];

/** Finds what hangs on the records of a person, or names them. The caller holds the locks of all objects. */
export async function reachPerson(tx: TenantTx, hub: Pick<Hub, 'secrets'>, people: string[]): Promise<Reach> {
  const own = await recordsWhere(tx, `s.id = ANY ($1)`, [people]);
  const { identifiers, shared } = await identifiersOf(tx, hub, own);
  const records = new Map(own.map((record) => [record.id, record]));
  await addFamily(
    tx,
    records,
    own.map(({ id }) => id),
  );
  const naming = await recordsWhere(tx, `NOT s.object = ANY ($1) AND NOT s.id = ANY ($2) AND ${mentions('s.values::text', 3)}`, [
    OF_NOBODY,
    [...records.keys()],
    ...mentionParameters(identifiers),
  ]);
  for (const record of naming) records.set(record.id, record);
  await addFamily(
    tx,
    records,
    naming.map(({ id }) => id),
  );
  const ids = [...records.keys()];
  return {
    clusters: await clustersOf(tx, ids),
    records: [...records.values()].map(({ values: _, ...record }) => record),
    aliases: await tx.query<Reach['aliases'][number]>(
      `SELECT a.stream_id AS "streamId", t.connection_id AS "connectionId", a.external_id AS "externalId" FROM source_alias a JOIN stream t ON t.id = a.stream_id WHERE a.record_id = ANY ($1)`,
      [ids],
    ),
    identifiers,
    shared,
  };
}

type FoundRecord = ReachedRecord & { values: CanonicalValues };

async function recordsWhere(tx: TenantTx, condition: string, parameters: unknown[]): Promise<FoundRecord[]> {
  return tx.query<FoundRecord>(
    `SELECT s.id, s.stream_id AS "streamId", s.connection_id AS "connectionId", s.object, s.external_id AS "externalId", s.values FROM source_record s WHERE ${condition} ORDER BY s.id`,
    parameters,
  );
}

/** Children, the other systems' records of the same children, and their children. */
async function addFamily(tx: TenantTx, records: Map<string, FoundRecord>, from: string[]): Promise<void> {
  let frontier = from;
  while (frontier.length > 0) {
    const found = await recordsWhere(
      tx,
      `NOT s.object = ANY ($2) AND s.id IN (
         SELECT record_id FROM record_parent WHERE parent_id = ANY ($1)
         UNION SELECT o.record_id FROM cluster_member m JOIN cluster_member o ON o.tenant_id = m.tenant_id AND o.cluster_id = m.cluster_id AND o.valid_to IS NULL WHERE m.record_id = ANY ($1) AND m.valid_to IS NULL)`,
      [frontier, OF_NOBODY],
    );
    const fresh = found.filter(({ id }) => !records.has(id));
    for (const record of fresh) records.set(record.id, record);
    frontier = fresh.map(({ id }) => id);
  }
}

/** The clusters of which nobody is left, and those that were merged into them. */
async function clustersOf(tx: TenantTx, ids: string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `WITH theirs AS (SELECT DISTINCT m.cluster_id AS id FROM cluster_member m WHERE m.record_id = ANY ($1) AND m.valid_to IS NULL
         AND NOT EXISTS (SELECT FROM cluster_member o WHERE o.cluster_id = m.cluster_id AND o.valid_to IS NULL AND NOT o.record_id = ANY ($1)))
     SELECT id FROM theirs UNION SELECT r.old_id FROM cluster_redirect r JOIN theirs ON theirs.id = r.new_id ORDER BY 1`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

async function identifiersOf(tx: TenantTx, hub: Pick<Hub, 'secrets'>, own: FoundRecord[]): Promise<Pick<Reach, 'identifiers' | 'shared'>> {
  const named = new Map(own.flatMap(({ values }) => strongIdentifiers(values)).map((one) => [placeOf(one), one]));
  const secret = await tenantMatchKey(tx, hub.secrets);
  const keys = personKeys(
    own.map(({ values }) => values),
    { secret },
  ).flat();
  const rows = await tx.query<{ id: string; ref: string | null }>(
    `SELECT DISTINCT k.record_id AS id, c.ref FROM unnest($1::bigint[], $2::smallint[]) AS asked (hash, kind) JOIN match_key k ON k.key_hash = asked.hash AND k.key_kind = asked.kind
     JOIN cluster_member m ON m.record_id = k.record_id AND m.valid_to IS NULL JOIN cluster c ON c.id = m.cluster_id WHERE NOT k.record_id = ANY ($3) AND k.key_kind = ANY ($4)`,
    [keys.map(({ hash }) => hash.toString()), keys.map(({ kind }) => kind), own.map(({ id }) => id), IDENTIFYING_KEYS],
  );
  const refs = new Map(rows.map(({ id, ref }) => [id, ref]));
  const others = (await loadPeople(tx, [...refs.keys()])).flatMap(({ recordId, values }) =>
    strongIdentifiers(values).map((one) => ({ recordId, ref: refs.get(recordId) ?? null, kind: one.kind, place: placeOf(one) })),
  );
  const shared = others.filter(({ place }) => named.has(place));
  for (const { place } of shared) named.delete(place);
  return { identifiers: [...named.values()], shared: shared.map(({ place: _, ...one }) => one) };
}

const placeOf = ({ kind, canonical }: Pick<StrongIdentifier, 'kind' | 'canonical'>): string => `${kind} ${canonical}`;

/** SQL: whether a text holds one of the words, not as a part of a longer one; takes two parameters from `$at` on. */
export function mentions(text: string, at: number): string {
  // The plain search decides almost always, and is much cheaper than the pattern.
  return `EXISTS (SELECT FROM unnest($${at}::text[], $${at + 1}::text[]) AS mention (word, pattern) WHERE position(word IN lower(${text})) > 0 AND lower(${text}) ~ pattern)`;
}

/** The words and patterns of `mentions`: as written and as canonical, and as they are in a form or a link. */
export function mentionParameters(identifiers: readonly StrongIdentifier[]): [words: string[], patterns: string[]] {
  const plain = identifiers.flatMap(({ canonical, text }) => [text, canonical.split('|')[0]]).map((word) => word.toLowerCase());
  const words = [...new Set(plain.flatMap((word) => [word, encodeURIComponent(word).toLowerCase()]))];
  return [words, words.map((word) => `(^|[^a-z0-9._%+-])${word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}($|[^a-z0-9@-])`)];
}
