import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diffMappings, type Actor } from '#hub/sync';
import { openBenchDatabase } from './bench-database.js';
import { openBenchHub, walk } from './bench-hub.js';
import type { BenchOptions } from './bench-options.js';
import { pagesOf, people } from './people.js';
import type { PaperHub } from '../engine/paper-hub.js';

/** Two versions of a mapping compared over every stored record, beside reading and parsing the same rows. Every table is summed before and after: nothing may be written. */
export async function run({ records = 100_000, log }: BenchOptions): Promise<Record<string, unknown>> {
  const database = await openBenchDatabase();
  try {
    const { hub, stream } = await openBenchHub(database.appUrl, pagesOf(people(records)));
    try {
      log(`stored: ${(await walk({ hub, stream }, { outcome: 'created', records })).toFixed(1)} s`);
      const actor: Actor = { tenantId: hub.tenantId, kind: 'api-key', id: hub.tenantId, role: 'ops', scopes: [], requestId: 'bench' };
      const before = await checksums(hub);
      const started = performance.now();
      const diff = await diffMappings(hub.hub, actor, { streamId: stream.streamId, before: {}, after: { text: nextVersion() } });
      const seconds = (performance.now() - started) / 1_000;
      const after = await checksums(hub);
      if (diff.records !== records || diff.fields.currentTitle.changed !== records)
        throw new Error(`the diff is wrong: ${JSON.stringify(diff.fields)}`);
      const floor = await readAndParse(hub, stream.streamId);
      return {
        bench: 'diff',
        records,
        seconds: Number(seconds.toFixed(1)),
        perSecond: Math.round(records / seconds),
        floors: { readAndParse: Math.round(records / floor) },
        ratio: { readAndParse: Number((floor / seconds).toFixed(3)) },
        tablesSummed: Object.keys(before).length,
        tablesWritten: Object.keys(before).filter((table) => before[table] !== after[table]),
        changedFields: Object.entries(diff.fields).map(([field, { changed, added, removed }]) => ({ field, changed, added, removed })),
      };
    } finally {
      await hub.close();
    }
  } finally {
    await database.stop();
  }
}

function nextVersion(): string {
  const file = readFileSync(join(process.cwd(), 'mappings', 'ashby', 'candidates.yaml'), 'utf8');
  const next = file
    .replace(/^version: (\d+)/m, (_, version: string) => `version: ${Number(version) + 1}`)
    .replace('from: position', 'from: position, do: [upper]');
  if (!next.includes('do: [upper]')) throw new Error('the mapping of candidates no longer reads position: the bench must follow it');
  return next;
}

async function checksums(hub: PaperHub): Promise<Record<string, string>> {
  const tables = await hub.rows<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations' ORDER BY 1`,
  );
  const sums: Record<string, string> = {};
  for (const { name } of tables)
    sums[name] = (
      await hub.rows<{ sum: string }>(`SELECT count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS sum FROM ${name} t`)
    )[0].sum;
  return sums;
}

async function readAndParse(hub: PaperHub, streamId: string): Promise<number> {
  const started = performance.now();
  let after = '';
  for (;;) {
    const rows = await hub.rows<{ external_id: string; payload: string }>(
      `SELECT s.external_id, r.payload FROM source_record s JOIN raw r ON r.tenant_id = s.tenant_id AND r.id = s.raw_id WHERE s.stream_id = $1 AND s.external_id > $2 ORDER BY 1 LIMIT 2000`,
      [streamId, after],
    );
    if (rows.length === 0) return (performance.now() - started) / 1_000;
    for (const row of rows) JSON.parse(row.payload);
    after = rows[rows.length - 1].external_id;
  }
}
