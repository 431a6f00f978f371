import { compileMapping, parseMapping, validateTogether, faultText, type CompiledMapping, type MappingFault } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';
import { audit, Refusal, type Actor } from '../actions/actor.js';
import type { Hub } from '../hub.js';
import { findVersion, loadTenantMappings } from './tenant-mappings.js';

/** All faults of a text at once, each with its place. */
export function parseOrRefuse(text: string, name = 'mapping'): CompiledMapping {
  const { mapping, faults } = parseMapping(text, name);
  if (mapping) return compileMapping(mapping);
  throw new Refusal(
    422,
    'INVALID_MAPPING',
    `the mapping has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}: ${faultText(faults[0])}`,
    faults.map(partOf),
    { faults },
  );
}

function partOf(fault: MappingFault): { pointer: string; code: string; detail: string } {
  return { pointer: '/text', code: 'mapping', detail: faultText(fault) };
}

/** Keeps a draft of a mapping's next version; nothing runs with it before it is activated. */
export async function draftMapping(hub: Hub, actor: Actor, input: { name: string; text: string }): Promise<CompiledMapping> {
  const draft = parseOrRefuse(input.text, input.name);
  const shipped = hub.mappings.all.find((one) => one.name === input.name);
  if (!shipped) throw new Refusal(404, 'NOT_FOUND', 'there is no such mapping');
  refuseOther(draft, shipped);
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const [known] = await tx.query<{ used: boolean; live: boolean; digest: string }>(
      `SELECT used_at IS NOT NULL AS used, live_at IS NOT NULL AS live, digest FROM mapping_version WHERE name = $1 AND version = $2 FOR UPDATE`,
      [draft.name, draft.version],
    );
    const isShipped = shipped.version === draft.version && shipped.digest !== draft.digest;
    if ((known && (known.used || known.live) && known.digest !== draft.digest) || isShipped)
      throw new Refusal(
        409,
        'VERSION_USED',
        `version ${draft.version} of ${draft.name} was used and never changes; write version: ${await nextVersion(tx, shipped)}`,
        [{ pointer: '/text', code: 'version', detail: 'choose the next version' }],
      );
    await tx.query(
      `INSERT INTO mapping_version (tenant_id, name, version, digest, text, origin, created_by) VALUES ($1, $2, $3, $4, $5, 'edited', $6)
       ON CONFLICT (tenant_id, name, version) DO UPDATE SET digest = $4, text = $5, created_by = $6, created_at = now() WHERE mapping_version.used_at IS NULL AND mapping_version.live_at IS NULL`,
      [tx.tenantId, draft.name, draft.version, draft.digest, input.text, actor.id],
    );
    await audit(tx, actor, {
      action: 'mapping.draft',
      subject: { kind: 'mapping', id: `${draft.name}@${draft.version}` },
      after: { digest: draft.digest },
    });
  });
  return draft;
}

function refuseOther(draft: CompiledMapping, shipped: CompiledMapping): void {
  const differing = (['name', 'connector', 'stream', 'into'] as const).find((word) => draft[word] !== shipped[word]);
  if (differing)
    throw new Refusal(
      422,
      'INVALID_MAPPING',
      `${differing === 'name' ? 'mapping' : differing}: must stay "${shipped[differing]}"; a version changes what fields mean, not what it reads`,
      [{ pointer: '/text', code: 'mapping', detail: `${differing} must be "${shipped[differing]}"` }],
    );
}

/** One above every version that is drafted, used or shipped. */
export async function nextVersion(tx: TenantTx, shipped: CompiledMapping): Promise<number> {
  const [row] = await tx.query<{ highest: number | null }>(`SELECT max(version) AS highest FROM mapping_version WHERE name = $1`, [
    shipped.name,
  ]);
  return Math.max(row.highest ?? 0, shipped.version) + 1;
}

/** Throws a draft away that nothing was mapped with. */
export async function dropDraft(hub: Hub, actor: Actor, asked: { name: string; version: number }): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const dropped = await tx.query(
      `DELETE FROM mapping_version WHERE name = $1 AND version = $2 AND used_at IS NULL AND live_at IS NULL RETURNING 1`,
      [asked.name, asked.version],
    );
    if (dropped.length === 0) throw new Refusal(409, 'VERSION_USED', 'only a draft that was never used and is not live can be dropped');
    await audit(tx, actor, { action: 'mapping.drop', subject: { kind: 'mapping', id: `${asked.name}@${asked.version}` } });
  });
}

/**
 * Makes versions live, all together or none: survivorship has one rule per field, so files that agree only together change together.
 * Records are mapped anew when they are next read, or by a replay.
 */
export async function activateMappings(
  hub: Hub,
  actor: Actor,
  input: { versions: { name: string; version: number }[]; reason: string },
): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`${tx.tenantId}:mappings`]);
    const before = await loadTenantMappings(tx, hub);
    const chosen: CompiledMapping[] = [];
    for (const asked of input.versions) chosen.push(await versionOrRefuse(tx, hub, asked));
    refuseClasses(actor, chosen);
    const after = before.all.map((mapping) => chosen.find((one) => one.name === mapping.name) ?? mapping);
    const faults = validateTogether(after.map((mapping) => ({ mapping, file: `${mapping.name}@${mapping.version}` })));
    if (faults.length > 0)
      throw new Refusal(
        409,
        'MAPPINGS_DISAGREE',
        `the mappings would disagree: ${faults[0].message}; change them together`,
        faults.map((fault) => ({ pointer: '/versions', code: 'disagree', detail: faultText(fault) })),
      );
    for (const mapping of chosen) await makeLive(tx, actor, { mapping, before, reason: input.reason });
  });
}

async function versionOrRefuse(tx: TenantTx, hub: Hub, asked: { name: string; version: number }): Promise<CompiledMapping> {
  const found = await findVersion(tx, hub, asked);
  if (found) return found;
  throw new Refusal(404, 'NOT_FOUND', `there is no version ${asked.version} of ${asked.name}; push it first`);
}

/** Sensitive data needs a second pair of eyes with more rights than those who write mappings every day. */
function refuseClasses(actor: Actor, chosen: CompiledMapping[]): void {
  const asking = chosen.find((mapping) => mapping.allows.length > 0);
  if (asking && actor.role !== 'admin')
    throw new Refusal(
      403,
      'FORBIDDEN',
      `${asking.name} asks to carry fields of the class ${asking.allows.join(', ')}; an admin activates that`,
    );
}

async function makeLive(
  tx: TenantTx,
  actor: Actor,
  input: { mapping: CompiledMapping; before: { all: readonly CompiledMapping[] }; reason: string },
): Promise<void> {
  const { mapping, before, reason } = input;
  await tx.query(`UPDATE mapping_version SET live_at = NULL WHERE name = $1 AND live_at IS NOT NULL`, [mapping.name]);
  await tx.query(
    `INSERT INTO mapping_version (tenant_id, name, version, digest, text, origin, live_at) VALUES ($1, $2, $3, $4, $5, 'shipped', now())
     ON CONFLICT (tenant_id, name, version) DO UPDATE SET live_at = now()`,
    [tx.tenantId, mapping.name, mapping.version, mapping.digest, mapping.text],
  );
  await audit(tx, actor, {
    action: 'mapping.activate',
    subject: { kind: 'mapping', id: mapping.name },
    before: { version: before.all.find((one) => one.name === mapping.name)?.version },
    after: { version: mapping.version, reason },
  });
}
