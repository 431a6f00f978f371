import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MUTATIONS, mutatedRoot } from './mutations.mjs';

const ROOT = resolve(__dirname, '..', '..');

describe('the mutations by which chaos is proven', () => {
  let dir;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'tributary-mutation-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it.each(Object.keys(MUTATIONS))('%s still finds its place in the code', (name) => {
    mkdirSync(join(dir, name));
    expect(existsSync(join(mutatedRoot({ root: ROOT, dir: join(dir, name), name }), 'dist'))).toBe(true);
  });
});
