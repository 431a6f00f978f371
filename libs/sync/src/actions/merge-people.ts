import { pairKey, type Verdict } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import type { PairVerdict } from '../identity/decide-people.js';
import { loadDecisions } from '../identity/people-nodes.js';
import { Refusal, refusedField, type Actor } from './actor.js';
import { operate, type Asked, type PeopleOutcome } from './operate-people.js';

/** Says what somebody thinks of pairs of records. `same` brings their whole clusters together, as merging does. */
export async function decidePairs(
  hub: Hub,
  actor: Actor,
  { pairs, verdict, ...asked }: Asked & { pairs: { a: string; b: string }[]; verdict: Exclude<Verdict, 'withdrawn'> },
): Promise<PeopleOutcome> {
  return operate(hub, actor, asked, async (tx) => {
    const verdicts: PairVerdict[] = [];
    for (const { a, b } of pairs) {
      if (a === b) throw refusedField('/pairs', 'two', 'a pair needs two different records');
      await refuseUnknown(tx, [a, b]);
      if (verdict === 'same') verdicts.push(...(await togetherVerdicts(tx, [a, b])));
      else verdicts.push({ one: a, other: b, verdict });
    }
    return { verdicts: [...new Map(verdicts.map((one) => [pairKey(one.one, one.other), one])).values()], cause: 'decision' };
  });
}

/** Says the same of every open pair with one comparison vector; refused when there are not as many as were seen. */
export async function decideAlike(
  hub: Hub,
  actor: Actor,
  { vector, expected, ...asked }: Asked & { vector: string; expected: number; verdict: Exclude<Verdict, 'withdrawn'> },
): Promise<PeopleOutcome> {
  const pairs = await hub.database.inTenant(actor.tenantId, (tx) =>
    tx.query<{ a: string; b: string }>(
      `SELECT record_a AS a, record_b AS b FROM edge WHERE asked AND NOT proposed AND vector = $1 ORDER BY 1, 2`,
      [vector],
    ),
  );
  if (pairs.length !== expected)
    throw new Refusal(409, 'NOT_AS_SEEN', `${pairs.length} open pairs compare like this, not ${expected}; look at them again`);
  return decidePairs(hub, actor, { pairs, ...asked });
}

/** Makes one record of the clusters of these records, whatever a model says of them. */
export async function mergePeople(hub: Hub, actor: Actor, { records, ...asked }: Asked & { records: string[] }): Promise<PeopleOutcome> {
  return operate(hub, actor, asked, async (tx) => {
    await refuseUnknown(tx, records);
    const clusters = await clustersOf(tx, records);
    if (new Set(clusters.values()).size < 2) throw refusedField('/records', 'apart', 'these records are one already');
    return { verdicts: await togetherVerdicts(tx, records), cause: 'merge' };
  });
}

/** Takes a record, or with `subtree` all that it brought along when it was merged, out of its cluster, for good. */
export async function unmergePeople(
  hub: Hub,
  actor: Actor,
  { record, scope, ...asked }: Asked & { record: string; scope: 'record' | 'subtree' },
): Promise<PeopleOutcome> {
  return operate(hub, actor, asked, async (tx) => {
    await refuseUnknown(tx, [record]);
    const verdicts = await partingVerdicts(tx, { record, scope });
    if (verdicts.length === 0)
      throw refusedField(
        '/record',
        'merged',
        scope === 'record'
          ? 'this record stands alone; there is nothing to unmerge'
          : 'it was merged with nothing that it did not bring along itself',
      );
    return { verdicts, cause: 'unmerge' };
  });
}

/** What has to be said for a record, or with `subtree` all that it brought along, to leave its cluster; nothing where it would leave nobody. */
export async function partingVerdicts(
  tx: TenantTx,
  { record, scope }: { record: string; scope: 'record' | 'subtree' },
): Promise<PairVerdict[]> {
  const members = await companionsOf(tx, record);
  const leaving = scope === 'record' ? [record] : await subtreeOf(tx, { record, members });
  const staying = members.filter((id) => !leaving.includes(id));
  if (staying.length === 0) return [];
  const apart = leaving.flatMap((one) => staying.map((other): PairVerdict => ({ one, other, verdict: 'different' })));
  return [...apart, ...(await tiesKept(tx, [leaving, staying]))];
}

/** Records that people tied together, perhaps by way of one that is on the other side now, stay tied. */
async function tiesKept(tx: TenantTx, sides: string[][]): Promise<PairVerdict[]> {
  const links = (await loadDecisions(tx, sides.flat())).filter(({ verdict }) => verdict === 'same');
  const tiedTo = new Map(sides.flat().map((id) => [id, id]));
  const root = (id: string): string => {
    const next = tiedTo.get(id);
    return next === undefined || next === id ? id : root(next);
  };
  for (const { a, b } of links) tiedTo.set(root(a), root(b));
  return sides.flatMap((side) => {
    const firsts = new Map<string, string>();
    return side.flatMap((other): PairVerdict[] => {
      const one = firsts.get(root(other));
      if (one === undefined) firsts.set(root(other), other);
      return one === undefined ? [] : [{ one, other, verdict: 'same' }];
    });
  });
}

/** Takes back an operation: what each of its pairs was decided before holds again. */
export async function undoPeople(
  hub: Hub,
  actor: Actor,
  { operationId, ...asked }: Asked & { operationId: string },
): Promise<PeopleOutcome> {
  return operate(hub, actor, asked, async (tx) => {
    const decided = await tx.query<{ a: string; b: string; before: Verdict | null; latest: boolean }>(
      `SELECT d.record_a AS a, d.record_b AS b, (SELECT p.verdict FROM decision p WHERE p.id = d.supersedes) AS before,
         NOT EXISTS (SELECT FROM decision l WHERE l.record_a = d.record_a AND l.record_b = d.record_b AND l.decided_at > d.decided_at) AS latest FROM decision d WHERE d.event_id = $1`,
      [operationId],
    );
    if (decided.length === 0) throw new Refusal(404, 'NOT_FOUND', 'there is no such operation');
    if (decided.some(({ latest }) => !latest))
      throw new Refusal(409, 'DECIDED_SINCE', 'some of these pairs were decided again since; undo the later operation first');
    return {
      verdicts: decided.map(({ a, b, before }): PairVerdict => ({ one: a, other: b, verdict: before ?? 'withdrawn' })),
      cause: 'undo',
      undoOf: operationId,
    };
  });
}

/** Everybody of the clusters of these records, tied to the first: no model takes one of them away again. */
async function togetherVerdicts(tx: TenantTx, records: string[]): Promise<PairVerdict[]> {
  const members = new Set<string>();
  for (const record of records) for (const id of await companionsOf(tx, record)) members.add(id);
  const [first, ...others] = [...members].sort();
  return others.map((other) => ({ one: first, other, verdict: 'same' }));
}

async function refuseUnknown(tx: TenantTx, records: string[]): Promise<void> {
  const rows = await tx.query<{ id: string }>(`SELECT id FROM source_record WHERE id = ANY ($1) AND object = 'candidate'`, [records]);
  const missing = records.find((id) => !rows.some((row) => row.id === id));
  if (missing) throw new Refusal(404, 'NOT_FOUND', `there is no candidate's record ${missing}`);
}

async function clustersOf(tx: TenantTx, records: string[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ id: string; cluster: string }>(
    `SELECT record_id AS id, cluster_id AS cluster FROM cluster_member WHERE record_id = ANY ($1) AND valid_to IS NULL`,
    [records],
  );
  return new Map(rows.map((row) => [row.id, row.cluster]));
}

async function companionsOf(tx: TenantTx, record: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT o.record_id AS id FROM cluster_member m JOIN cluster_member o ON o.cluster_id = m.cluster_id AND o.valid_to IS NULL WHERE m.record_id = $1 AND m.valid_to IS NULL ORDER BY 1`,
    [record],
  );
  return rows.map((row) => row.id);
}

/** The records that were with this one in the cluster that it last came from, and still are. */
async function subtreeOf(tx: TenantTx, { record, members }: { record: string; members: string[] }): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT o.record_id AS id FROM (SELECT cluster_id, valid_to FROM cluster_member WHERE record_id = $1 AND valid_to IS NOT NULL ORDER BY valid_to DESC LIMIT 1) former
     JOIN cluster_member o ON o.cluster_id = former.cluster_id AND o.valid_to = former.valid_to WHERE o.record_id = ANY ($2)`,
    [record, members],
  );
  return rows.length === 0 ? [record] : rows.map((row) => row.id);
}
