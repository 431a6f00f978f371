import type { CanonicalValues } from '#hub/canonical';
import { tenantMatchKey } from '#hub/governance';
import {
  FIRST_PERSON_KEY,
  IDENTIFYING_KEYS,
  pairKey,
  PeopleScorer,
  personKeys,
  type Identifier,
  type PersonEdge,
  type Person,
  type PersonKey,
} from '#hub/identity';
import { insertRows, type Column, type TenantTx } from '#hub/persistence';
import { PERSON_ORDER, PERSON_VALUES } from './people-nodes.js';
import type { Hub } from '../hub.js';
import { peopleModel, type PeopleModel } from './people-model.js';

const column = (name: string, type: Column['type']): Column => ({ name, type });
const KEY: Column[] = [column('key_hash', 'bigint'), column('key_kind', 'smallint'), column('record_id', 'uuid')];
const EDGE: Column[] = [
  column('record_a', 'uuid'),
  column('record_b', 'uuid'),
  column('model_version', 'integer'),
  column('weight', 'double precision'),
  column('band', 'text'),
  column('vector', 'text'),
  column('weights', 'jsonb'),
  column('reason', 'text'),
];
/** One record can change what its neighbours are to each other, and these their neighbours, but no further. */
const MOST_ROUNDS = 6;

export interface EdgeScope {
  tx: TenantTx;
  secret: Buffer;
  model: PeopleModel;
}
/** A person whose keys are not stored: new, or its values changed. */
export interface Seed extends Person {
  known: boolean;
}

/**
 * Scores the seeds against each other and everybody who shares a key with them, and stores keys and pairs: one key join, one fetch. A seed
 * that makes an identifier shared, or a key too common, changes what others are to each other: those are scored anew as well.
 * Answers the pairs found, and every record whose pairs may have changed.
 */
export async function findEdges(
  scope: EdgeScope,
  { seeds, neighbours }: { seeds: Seed[]; neighbours: string[] },
): Promise<{ edges: PersonEdge[]; touched: Set<string> }> {
  const edges = new Map<string, PersonEdge>();
  const rescored = new Set(seeds.filter(({ known }) => known).map(({ recordId }) => recordId));
  let round = await scoreSeeds(scope, seeds);
  await insertRows(scope.tx, 'match_key', {
    columns: KEY,
    rows: round.keyed.flatMap(({ seed, keys }) => keys.map((key) => [key.hash, key.kind, seed.recordId])),
    conflict: 'ON CONFLICT DO NOTHING',
  });
  for (const edge of round.edges) edges.set(pairKey(edge.a, edge.b), edge);
  const queue = new Set([...neighbours, ...(await unsettled(scope.tx, round))]);
  for (let rounds = 1; rounds < MOST_ROUNDS; rounds += 1) {
    const again = [...queue].filter((id) => !rescored.has(id));
    if (again.length === 0) break;
    for (const id of again) rescored.add(id);
    const stale = new Set(again);
    for (const [key, { a, b }] of edges) if (stale.has(a) || stale.has(b)) edges.delete(key);
    round = await scoreSeeds(scope, await loadPeople(scope.tx, again));
    for (const edge of round.edges) edges.set(pairKey(edge.a, edge.b), edge);
    for (const id of await unsettled(scope.tx, round)) queue.add(id);
  }
  await storeEdges(scope, { edges: [...edges.values()], rescored: [...rescored] });
  const touched = new Set(rescored);
  for (const { a, b } of edges.values()) touched.add(a).add(b);
  return { edges: [...edges.values()], touched };
}

/** Makes the keys and pairs of stored records anew; `neighbours` are scored as well. Answers every record whose pairs may have changed. */
export async function matchAnew(
  tx: TenantTx,
  hub: Hub,
  { ids, neighbours }: { ids: string[]; neighbours: string[] },
): Promise<Set<string>> {
  await tx.query(`DELETE FROM match_key WHERE record_id = ANY ($1) AND key_kind >= $2`, [ids, FIRST_PERSON_KEY]);
  const scope = { tx, secret: await tenantMatchKey(tx, hub.secrets), model: await peopleModel(tx, hub) };
  const { touched } = await findEdges(scope, { seeds: await loadPeople(tx, ids), neighbours });
  for (const id of ids) touched.add(id);
  return touched;
}

/** Who shared an identifier with records that are about to change: they may stop sharing it. */
export async function formerNeighbours(tx: TenantTx, recordIds: string[]): Promise<string[]> {
  if (recordIds.length === 0) return [];
  const rows = await tx.query<{ record_id: string }>(
    `SELECT DISTINCT k.record_id FROM match_key mine CROSS JOIN LATERAL
       (SELECT record_id FROM match_key WHERE tenant_id = mine.tenant_id AND key_hash = mine.key_hash AND key_kind = mine.key_kind OFFSET 0) k
     WHERE mine.record_id = ANY ($1) AND mine.key_kind = ANY ($2) AND NOT k.record_id = ANY ($1)`,
    [recordIds, IDENTIFYING_KEYS],
  );
  return rows.map((row) => row.record_id);
}

export async function loadPeople(tx: TenantTx, recordIds: string[]): Promise<Seed[]> {
  if (recordIds.length === 0) return [];
  const rows = await tx.query<{ id: string; order: string; values: CanonicalValues }>(
    `SELECT s.id, ${PERSON_ORDER} AS order, ${PERSON_VALUES} AS values FROM source_record s WHERE s.id = ANY ($1) AND s.object = 'candidate' AND s.deleted_at IS NULL`,
    [recordIds],
  );
  return rows.map(({ id, order, values }) => ({ recordId: id, order, values, known: true }));
}

interface Keyed {
  seed: Seed;
  keys: PersonKey[];
}
interface Round {
  keyed: Keyed[];
  edges: PersonEdge[];
  /** Stored holders of keys that the seeds made too common, and of identifiers that people of different names hold. */
  crossed: Set<string>;
  shared: Set<string>;
}
interface Block {
  key: PersonKey;
  seeds: Seed[];
  others: string[];
}

async function scoreSeeds({ tx, secret, model }: EdgeScope, seeds: Seed[]): Promise<Round> {
  const keys = personKeys(
    seeds.map(({ values }) => values),
    { secret, denied: model.denied },
  );
  const keyed = seeds.map((seed, at) => ({ seed, keys: keys[at] }));
  const blocks = await loadBlocks(tx, keyed);
  const ids = new Set(seeds.map(({ recordId }) => recordId));
  const others = new Set<string>();
  const crossed = new Set<string>();
  const crowded: Identifier[] = [];
  const open: Block[] = [];
  for (const block of blocks) {
    const { key, others: stored } = block;
    if (block.seeds.length + stored.length <= key.most) {
      for (const id of stored) others.add(id);
      if (block.seeds.length + stored.length > 1) open.push(block);
      continue;
    }
    if (key.identifier) crowded.push(key.identifier);
    if (stored.length <= key.most) for (const id of stored) crossed.add(id);
  }
  for (const id of ids) others.delete(id);
  const company = await loadPeople(tx, [...others]);
  const present = new Set(company.map(({ recordId }) => recordId));
  const scorer = new PeopleScorer([...seeds, ...company], { ...model, crowded });
  const edges: PersonEdge[] = [];
  const shared = new Set<string>();
  const seen = new Set<string>();
  for (const { key, seeds: held, others: stored } of open) {
    const live = stored.filter((id) => present.has(id));
    if (key.identifier && live.length > 1 && scorer.isShared(key.identifier)) for (const id of live) shared.add(id);
    held.forEach((seed, at) => {
      for (const other of [...held.slice(at + 1).map(({ recordId }) => recordId), ...live]) {
        if (other === seed.recordId) continue;
        const pair = pairKey(seed.recordId, other);
        if (seen.has(pair)) continue;
        seen.add(pair);
        const edge = scorer.edge(seed.recordId, other);
        if (edge) edges.push(edge);
      }
    });
  }
  return { keyed, edges, crossed, shared };
}

/** One key join. Each block with the seeds that hold its key, and up to one more of the others than are looked at. */
async function loadBlocks(tx: TenantTx, keyed: Keyed[]): Promise<Block[]> {
  const blocks = new Map<string, Block>();
  for (const { seed, keys } of keyed)
    for (const key of keys) {
      const name = `${key.kind}:${key.hash}`;
      const block = blocks.get(name);
      if (block === undefined) blocks.set(name, { key, seeds: [seed], others: [] });
      else if (!block.seeds.includes(seed)) block.seeds.push(seed);
    }
  const asked = [...blocks.values()];
  if (asked.length === 0) return [];
  const own = new Set(keyed.map(({ seed }) => seed.recordId));
  const rows = await tx.query<{ kind: number; hash: string; id: string }>(
    `SELECT asked.kind, asked.hash, held.record_id AS id FROM unnest($1::bigint[], $2::smallint[], $3::integer[]) AS asked (hash, kind, most)
     CROSS JOIN LATERAL (SELECT k.record_id FROM match_key k WHERE k.key_hash = asked.hash AND k.key_kind = asked.kind LIMIT asked.most + 1) held`,
    [asked.map(({ key }) => key.hash.toString()), asked.map(({ key }) => key.kind), asked.map(({ key, seeds }) => key.most + seeds.length)],
  );
  for (const { kind, hash, id } of rows) if (!own.has(id)) blocks.get(`${kind}:${hash}`)?.others.push(id);
  return asked;
}

/** Stored pairs that what the seeds changed may have changed: of a key that is too common now, all; of a shared identifier, those merged by it. */
async function unsettled(tx: TenantTx, { crossed, shared }: Round): Promise<string[]> {
  if (crossed.size + shared.size === 0) return [];
  const rows = await tx.query<{ a: string; b: string }>(
    `SELECT record_a AS a, record_b AS b FROM edge WHERE (record_a = ANY ($1) AND record_b = ANY ($1)) OR (record_a = ANY ($2) AND record_b = ANY ($2) AND band = 'auto')`,
    [[...crossed], [...shared]],
  );
  return rows.flatMap(({ a, b }) => [a, b]);
}

async function storeEdges({ tx, model }: EdgeScope, { edges, rescored }: { edges: PersonEdge[]; rescored: string[] }): Promise<void> {
  if (rescored.length > 0) await tx.query(`DELETE FROM edge WHERE record_a = ANY ($1) OR record_b = ANY ($1)`, [rescored]);
  const rows = edges.map(({ a, b, score, band, vector, contributions, reason }) => [
    a,
    b,
    model.version,
    score,
    band,
    vector,
    JSON.stringify(contributions),
    reason ?? null,
  ]);
  await insertRows(tx, 'edge', { columns: EDGE, rows });
}
