import { compileMapping, parseMapping, type CompiledMapping } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';

/** The mappings that a tenant runs: its own live versions, elsewhere the shipped files. */
export interface TenantMappings {
  all: readonly CompiledMapping[];
  /** @throws Error when no mapping reads that stream */
  forStream: (connector: string, stream: string) => CompiledMapping;
  /** Why a shipped file may not run: its version was used with other words. */
  faultOf: (mapping: CompiledMapping) => string | undefined;
}
interface Row {
  name: string;
  version: number;
  digest: string;
  text: string;
  used: boolean;
  live: boolean;
}

export async function loadTenantMappings(tx: TenantTx, hub: Hub): Promise<TenantMappings> {
  const shipped = hub.mappings.all;
  const rows = await tx.query<Row>(
    `SELECT name, version, digest, CASE WHEN live_at IS NOT NULL THEN text ELSE '' END AS text, used_at IS NOT NULL AS used, live_at IS NOT NULL AS live
     FROM mapping_version WHERE live_at IS NOT NULL OR (name, version) IN (SELECT * FROM unnest($1::text[], $2::int[]))`,
    [shipped.map(({ name }) => name), shipped.map(({ version }) => version)],
  );
  const all = shipped.map((file) => {
    const live = rows.find((row) => row.live && row.name === file.name);
    return live ? compiled(live) : file;
  });
  return {
    all,
    forStream: (connector, stream) =>
      all.find((mapping) => mapping.connector === connector && mapping.stream === stream) ?? hub.mappings.forStream(connector, stream),
    faultOf: ({ name, version, digest }) => {
      const used = rows.find((row) => row.used && row.name === name && row.version === version);
      return used && used.digest !== digest
        ? `mapping ${name} version ${version} was used with other words, and a version that was used never changes; give the changed file version: ${version + 1}`
        : undefined;
    },
  };
}

const CACHED = 200;
const cache = new Map<string, CompiledMapping>();

/** What is stored was validated when it was stored, so it compiles; the digest names the text. @throws Error when an older hub's text is no mapping to this one */
export function compiled(row: { name: string; version: number; digest: string; text: string }): CompiledMapping {
  const known = cache.get(row.digest);
  if (known) return known;
  const { mapping, faults } = parseMapping(row.text, `${row.name}@${row.version}`);
  if (!mapping)
    throw new Error(`mapping ${row.name} version ${row.version} is not understood by this version of the hub: ${faults[0]?.message}`);
  const made = compileMapping(mapping);
  if (cache.size >= CACHED) cache.delete(cache.keys().next().value ?? '');
  cache.set(row.digest, made);
  return made;
}

/**
 * Says that a run maps records with this version: its words are kept, and never change from now on. The run names it.
 * A draft of the same name and version that was never used gives way to the shipped file.
 */
export async function useMapping(tx: TenantTx, runId: string, mapping: CompiledMapping): Promise<void> {
  await tx.query(
    `INSERT INTO mapping_version AS m (tenant_id, name, version, digest, text, origin, used_at) VALUES ($1, $2, $3, $4, $5, 'shipped', now())
     ON CONFLICT (tenant_id, name, version) DO UPDATE SET used_at = now(), digest = $4, text = $5,
       origin = CASE WHEN m.digest = $4 THEN m.origin ELSE 'shipped' END WHERE m.used_at IS NULL`,
    [tx.tenantId, mapping.name, mapping.version, mapping.digest, mapping.text],
  );
  await tx.query(`UPDATE run SET mapping = $2, mapping_version = $3 WHERE id = $1 AND mapping_version IS DISTINCT FROM $3`, [
    runId,
    mapping.name,
    mapping.version,
  ]);
}

/** One version as it was written. @returns undefined when it was neither drafted nor used nor shipped */
export async function findVersion(tx: TenantTx, hub: Hub, asked: { name: string; version: number }): Promise<CompiledMapping | undefined> {
  const [row] = await tx.query<Row>(`SELECT name, version, digest, text FROM mapping_version WHERE name = $1 AND version = $2`, [
    asked.name,
    asked.version,
  ]);
  if (row) return compiled(row);
  return hub.mappings.all.find((mapping) => mapping.name === asked.name && mapping.version === asked.version);
}
