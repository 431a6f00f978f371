import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { TENANT_TABLES } from '#hub/persistence';

/** Seconds that one COPY per table takes to bring the very rows that ours wrote into a twin with the same indexes and constraints. */
export async function copySameRows(ours: string, twin: string, log: (line: string) => void): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-rows-'));
  try {
    const filled = await withClient(ours, (client) => dump(client, folder));
    return await withClient(twin, async (client) => {
      await client.query('CHECKPOINT');
      const started = performance.now();
      for (const table of filled) await pipeline(createReadStream(join(folder, table)), client.query(copyFrom(`COPY ${table} FROM STDIN`)));
      const seconds = (performance.now() - started) / 1_000;
      for (const table of filled) log(`  ${table}: ${await countOf(client, table)} rows`);
      return seconds;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds that one COPY of the payloads alone takes, into a table without any index. */
export function copyPayloads(url: string, texts: readonly string[]): Promise<number> {
  return withClient(url, async (client) => {
    await client.query('CREATE TABLE bench_payload (payload text)');
    await client.query('CHECKPOINT');
    const started = performance.now();
    await pipeline(Readable.from(lines(texts), { objectMode: false }), client.query(copyFrom('COPY bench_payload FROM STDIN')));
    return (performance.now() - started) / 1_000;
  });
}

export async function checkpoint(url: string): Promise<void> {
  await withClient(url, (client) => client.query('CHECKPOINT'));
}

async function dump(client: Client, folder: string): Promise<string[]> {
  const filled: string[] = [];
  for (const table of TENANT_TABLES) {
    if ((await countOf(client, table)) === 0) continue;
    await pipeline(client.query(copyTo(`COPY (SELECT * FROM ${table}) TO STDOUT`)), createWriteStream(join(folder, table)));
    filled.push(table);
  }
  return filled;
}

async function countOf(client: Client, table: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
  return Number(rows[0].count);
}

function* lines(texts: readonly string[]): Generator<string> {
  for (let at = 0; at < texts.length; at += 100)
    yield `${texts
      .slice(at, at + 100)
      .map((text) => text.replaceAll('\\', '\\\\'))
      .join('\n')}\n`;
}

async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
