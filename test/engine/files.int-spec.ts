import { ashby } from '#connector/ashby';
import { hash } from 'node:crypto';
import { resolve } from 'node:path';
import type { CanonicalValues } from '#hub/canonical';
import { loadMappings } from '#hub/mapping';
import { control, seeded, type Sandbox } from '../../connectors/ashby/conformance.js';
import { PaperHub, type PaperStream } from './paper-hub.js';

interface Attachment {
  filename: string;
  sha256?: string;
  size?: number;
  kind?: string;
}

describe('files of records', () => {
  let sandbox: Sandbox;
  let house: PaperHub;
  let candidates: PaperStream;

  beforeAll(async () => {
    const started = await seeded();
    ({ sandbox } = started);
    house = await PaperHub.open({
      connectors: [ashby],
      mappings: loadMappings(resolve('mappings')).filter(({ connector }) => connector === 'ashby'),
      egress: [new URL(sandbox.url).host],
    });
    ({ candidates } = await house.connect('ashby', {
      systemOfRecord: true,
      settings: { apiUrl: sandbox.url, callsPerSecond: 1_000 },
      credentials: { apiKey: started.apiKey },
    }));
  });
  afterAll(async () => {
    await house.close();
    await sandbox.close();
  });

  const withFiles = (): Promise<{ values: CanonicalValues }[]> =>
    house.rows(`SELECT values FROM cluster WHERE object = 'candidate' AND values ? 'attachments' ORDER BY created_at, id`);
  const copies = async (): Promise<(string | undefined)[]> =>
    (await withFiles()).flatMap(({ values }) => (values.attachments as unknown as Attachment[]).map(({ sha256 }) => sha256));

  it('cannot be had: their records come, and the files are asked for again, later and later', async () => {
    await control(sandbox.url, 'faults', { kind: 'file-expired', times: 100_000 });
    expect(await house.sync(candidates)).toMatchObject({ state: 'done', totals: { created: 230, parked: 0 } });
    const found = await copies();
    expect([found.length, found.filter(Boolean).length]).toEqual([33, 0]);
    expect(await house.rows(`SELECT DISTINCT attempts, failure, sha256 FROM record_file`)).toEqual([
      { attempts: 1, failure: 'PERMISSION', sha256: null },
    ]);
    // Before their time nobody asks, even when the record is read.
    await house.rows(`UPDATE hint SET not_before = now()`);
    await house.hints(candidates);
    expect(await house.rows(`SELECT DISTINCT attempts FROM record_file`)).toEqual([{ attempts: 1 }]);
    const due = await house.rows(
      `SELECT count(*)::int AS n FROM record_file WHERE not_before BETWEEN now() + interval '4 minutes' AND now() + interval '5 minutes'`,
    );
    expect(due).toEqual([{ n: 33 }]);
  });

  it('are copied once they can be had, from an address that is asked for again when it ran out', async () => {
    await control(sandbox.url, 'faults', undefined, 'DELETE');
    await control(sandbox.url, 'faults', { kind: 'file-expired', times: 1 });
    await house.rows(`UPDATE record_file SET not_before = now()`);
    await house.rows(
      `INSERT INTO hint (tenant_id, id, stream_id, external_id, cause) SELECT $1, gen_random_uuid(), $2, external_id, 'file' FROM record_file ON CONFLICT DO NOTHING`,
      [house.tenantId, candidates.streamId],
    );
    expect(await house.hints(candidates)).toMatchObject({ state: 'done', totals: { updated: 33, parked: 0 } });
    expect((await copies()).every(Boolean)).toBe(true);
    const [{ values }] = await withFiles();
    expect(values.attachments).toEqual([
      { filename: 'resume.pdf', mime: 'application/pdf', size: expect.any(Number), sha256: expect.any(String), kind: 'RESUME' },
    ]);
    const stored = await house.rows<{ sha256: string; bytes: Buffer }>(`SELECT sha256, bytes FROM file_content`);
    expect(stored).toHaveLength(33);
    for (const { sha256, bytes } of stored) expect(hash('sha256', bytes, 'hex')).toBe(sha256);
  });

  it('leave neither address nor handle anywhere', async () => {
    const raw = await house.rows<{ text: string }>(`SELECT r::text AS text FROM raw r`);
    expect(raw.length).toBeGreaterThan(230);
    expect(raw.some(({ text }) => /\/files\/|"handle"|expires=/.test(text))).toBe(false);
  });

  it('change nothing when they are read again, and are not read again', async () => {
    const before = await house.rows(`SELECT max(copied_at) AS at FROM record_file`);
    await house.rows(`UPDATE checkpoint SET cursor = NULL`);
    expect(await house.sync(candidates)).toMatchObject({ totals: { read: 230, updated: 0, unchanged: 230 } });
    expect(await house.rows(`SELECT max(copied_at) AS at FROM record_file`)).toEqual(before);
    expect(await house.reconcile(candidates)).toMatchObject({ state: 'done' });
    expect(await house.rows(`SELECT total, matched, unexplained FROM reconciliation`)).toEqual([
      { total: 230, matched: 230, unexplained: 0 },
    ]);
  });
});
