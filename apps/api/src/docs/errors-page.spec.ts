import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { FAILURE_CODES } from '#hub/canonical';
import { errorsPageText } from './errors-page.js';
import { API_CODES } from './failure-codes.js';

const ROOT = resolve(__dirname, '..', '..', '..', '..');

describe('docs/errors.md', () => {
  it('is what the code says; run `npm run generate` after a change', () => {
    expect(readFileSync(resolve(ROOT, 'docs', 'errors.md'), 'utf8')).toBe(errorsPageText());
  });

  it('has every code that the API or an action refuses with, and no other', () => {
    const files = execFileSync(
      'git',
      ['ls-files', 'apps/api/src', 'libs/sync/src/actions', 'libs/sync/src/mappings', 'libs/sync/src/runs/request-run.ts'],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    )
      .split('\n')
      .filter((file) => file.endsWith('.ts') && !/spec|failure-codes/.test(file));
    const used = new Set<string>();
    for (const file of files) {
      const text = readFileSync(resolve(ROOT, file), 'utf8');
      for (const [, code] of text.matchAll(/(?:Problem|Refusal)\(\s*\d{3},\s*'([A-Z_]+)'/g)) used.add(code);
      for (const [, code] of text.matchAll(/code: '([A-Z_]+)'/g)) used.add(code);
    }
    const known = new Set<string>([...FAILURE_CODES, ...Object.keys(API_CODES)]);
    expect([...used].filter((code) => !known.has(code))).toEqual([]);
    expect(Object.keys(API_CODES).filter((code) => !used.has(code))).toEqual([]);
  });
});
