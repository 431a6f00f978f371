import { appendFile, readFile } from 'node:fs/promises';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { dispatchSoon } from '../actions/dispatch-soon.js';
import { eraseRecords, lockObjects, storeErasure, type Erasure } from './erase-records.js';
import { reachPerson } from './reach-person.js';
import { suppressionHashes } from './suppression.js';

/** One line of the log: an erasure as it stands, with the keyed hashes of what is kept out. The last line about an erasure counts. */
interface LoggedErasure extends Erasure {
  tenantId: string;
  erasedAt: Date;
  hashes: { hash: string; kind: 'identifier' | 'record'; connectionId: string | null; lifted: boolean }[];
}

/**
 * Brings the database and a log outside of it to the same erasures, both ways: a database that was restored from a backup repeats what
 * happened since, before it serves. Answers how many lines were written and how many erasures were repeated.
 * @throws Error when the file is there and cannot be read, or a line of it is none
 */
export async function keepErasureLog(hub: Hub, file: string): Promise<{ written: number; repeated: number }> {
  const logged = await readLog(file);
  let written = 0;
  let repeated = 0;
  for (const { tenant_id: tenantId } of await hub.database.door<{ tenant_id: string }>('door_tenants()')) {
    const known = await hub.database.inTenant(tenantId, (tx) => storedErasures(tx));
    for (const erasure of logged.values())
      if (erasure.tenantId === tenantId && !known.has(erasure.id)) {
        await repeatErasure(hub, erasure);
        repeated += 1;
      }
    const news = [...known.values()].filter((one) => JSON.stringify(one) !== JSON.stringify(logged.get(one.id)));
    if (news.length > 0) await appendFile(file, news.map((one) => `${JSON.stringify(one)}\n`).join(''), { mode: 0o600, flush: true });
    written += news.length;
  }
  return { written, repeated };
}

async function readLog(file: string): Promise<Map<string, LoggedErasure>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n').map((line, at) => ({ line, at: at + 1 }));
  const erasures = lines.filter(({ line }) => line.trim() !== '').map(({ line, at }) => parseLine(file, line, at));
  return new Map(erasures.map((erasure) => [erasure.id, erasure]));
}

function parseLine(file: string, line: string, at: number): LoggedErasure {
  try {
    const erasure = JSON.parse(line) as LoggedErasure;
    if (Array.isArray(erasure.hashes) && typeof erasure.tenantId === 'string') return erasure;
  } catch {
    // Told below, in the words of the operator.
  }
  throw new Error(`${file}:${at}: this line is no erasure; restore the file, or take the line out: whoever it names would be back`);
}

async function storedErasures(tx: TenantTx): Promise<Map<string, LoggedErasure>> {
  const rows = await tx.query<LoggedErasure>(
    `SELECT e.tenant_id AS "tenantId", e.id, e.cluster_id AS "clusterId", e.ref, e.legal_basis AS "legalBasis", e.scope, e.requested_by AS "requestedBy", e.erased_at AS "erasedAt", e.expires_at AS "expiresAt",
       coalesce((SELECT jsonb_agg(jsonb_build_object('hash', encode(s.hash, 'hex'), 'kind', s.kind, 'connectionId', s.connection_id, 'lifted', s.lifted_at IS NOT NULL) ORDER BY s.hash) FROM suppression s WHERE s.erasure_id = e.id), '[]') AS hashes
     FROM erasure e ORDER BY e.erased_at, e.id`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

async function repeatErasure(hub: Hub, erasure: LoggedErasure): Promise<void> {
  const runs = await hub.database.inTenant(erasure.tenantId, async (tx) => {
    await lockObjects(tx);
    await storeErasure(tx, erasure);
    const reach = await reachPerson(tx, hub, await recordsOf(tx, hub, erasure));
    const erased = await eraseRecords(tx, hub, { erasureId: erasure.id, reach });
    await storeHashes(tx, erasure);
    return erased.runs;
  });
  await dispatchSoon(hub, erasure.tenantId, runs);
}

/** Candidates whose keyed hashes are in the log. */
async function recordsOf(tx: TenantTx, hub: Hub, { hashes }: LoggedErasure): Promise<string[]> {
  const wanted = new Set(hashes.flatMap(({ kind, hash }) => (kind === 'record' ? [hash] : [])));
  const { record } = await suppressionHashes(tx, hub);
  const found: string[] = [];
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await tx.query<{ id: string; stream_id: string; external_id: string }>(
      `SELECT id, stream_id, external_id FROM source_record WHERE object = 'candidate' AND id > $1 ORDER BY id LIMIT 10000`,
      [after],
    );
    for (const row of rows) if (wanted.has(record(row.stream_id, row.external_id))) found.push(row.id);
    if (rows.length === 0) return found;
    after = rows[rows.length - 1].id;
  }
}

/** As they stood: whoever came back in the meantime is not kept out again. */
async function storeHashes(tx: TenantTx, { id, hashes }: LoggedErasure): Promise<void> {
  await tx.query(
    `INSERT INTO suppression (tenant_id, hash, kind, erasure_id, connection_id, lifted_at, lifted_by)
     SELECT $1, decode(h.hash, 'hex'), h.kind, $2, h."connectionId", CASE WHEN h.lifted THEN now() END, CASE WHEN h.lifted THEN 'log' END
     FROM jsonb_to_recordset($3::jsonb) AS h (hash text, kind text, "connectionId" uuid, lifted boolean)
     ON CONFLICT (tenant_id, hash) DO UPDATE SET erasure_id = excluded.erasure_id, lifted_at = excluded.lifted_at, lifted_by = excluded.lifted_by`,
    [tx.tenantId, id, JSON.stringify(hashes)],
  );
}
