import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure } from './suggest.js';

const FOLDER = join(__dirname, '..', 'data', 'mapping-suggest');

describe('the measure of proposals', () => {
  it('finds most of what a person chose, and is mostly right', () => {
    const { mappings, precision, recall, confident } = measure(FOLDER);
    expect(mappings).toBeGreaterThanOrEqual(16);
    expect(precision).toBeGreaterThan(0.8);
    expect(recall).toBeGreaterThan(0.8);
    expect(confident.precision).toBeGreaterThan(0.9);
  });

  it('counts a proposal for another place as wrong and as missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'suggest-'));
    const records = [{ id: 1, first_name: 'Ada', other: 'x' }];
    writeFileSync(
      join(folder, 'a.json'),
      JSON.stringify({ source: 'a.people', into: 'candidate', labels: { firstName: ['other'] }, records }),
    );
    expect(measure(folder)).toMatchObject({
      fields: 1,
      precision: 0,
      recall: 0,
      misses: { 'a.people': [expect.stringContaining('wrong: firstName from first_name'), 'missing: firstName from other'] },
    });
  });
});
