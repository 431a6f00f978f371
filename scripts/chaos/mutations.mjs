import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SYNC = join('dist', 'libs', 'sync', 'src');

/** One safety each, switched off in the compiled code: [file, what stands there, what stands there instead]. */
export const MUTATIONS = {
  fence: [
    [
      'runs/slot.js',
      'AND fence = $3 AND cursor IS NOT DISTINCT FROM $4',
      'AND $3::bigint IS NOT NULL AND $4::text IS NOT DISTINCT FROM $4::text',
    ],
    ['runs/slot.js', 'AND kind = $2 AND fence = $3 RETURNING 1', 'AND kind = $2 AND $3::bigint IS NOT NULL RETURNING 1'],
    ['outward/settle-write.js', `AND claimed_fence = $2 AND state IN ('sending', 'sent')`, 'AND $2::bigint IS NOT NULL'],
  ],
  checkpoint: [
    ['inward/apply-batch.js', 'await (0, _slot.saveCheckpoint)(tx, batch.slot, batch.next);', ''],
    [
      'inward/apply-batch.js',
      'const changed = await dropUnchanged(hub, batch, totals);',
      'await hub.database.inTenant(batch.stream.tenantId, (own) => (0, _slot.saveCheckpoint)(own, batch.slot, batch.next));\n    const changed = await dropUnchanged(hub, batch, totals);',
    ],
  ],
  'write-id': [['outward/push-change.js', 'const found = searched ? await', 'const found = false ? await']],
  // An own update whose answer was lost is recognised by two safeties: by the token of its value, and by a look before it is sent again.
  echo: [
    ['outward/look-first.js', `if (received || guarded && write.was === 'pending')`, 'if (true)'],
    [
      'inward/compare-sides.js',
      'UPDATE echo SET consumed_at = now() WHERE id = (SELECT id FROM echo',
      'SELECT 1 FROM (SELECT id FROM echo',
    ],
    ['inward/compare-sides.js', 'LIMIT 1) RETURNING 1', 'LIMIT 1) AS token'],
  ],
  base: [['outward/confirm-write.js', 'json(back.values[field])', 'json(ours)']],
};

/**
 * Copies the build beside the real one and switches one safety off in it.
 * @throws Error when the code no longer reads as the mutation expects: a mutation that changes nothing would prove nothing.
 */
export function mutatedRoot({ root, dir, name }) {
  const copy = join(dir, 'mutated');
  mkdirSync(copy, { recursive: true });
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  for (const shared of ['node_modules', '.cache', 'mappings']) symlinkSync(join(root, shared), join(copy, shared));
  for (const [file, original, instead] of MUTATIONS[name]) {
    const path = join(copy, SYNC, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(original).length !== 2) throw new Error(`mutation ${name}: its place in ${file} is not there exactly once any more`);
    writeFileSync(
      path,
      text.replace(original, () => instead),
    );
  }
  return copy;
}
