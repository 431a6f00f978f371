import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
const require = createRequire(join(ROOT, 'package.json'));
await build();
require('reflect-metadata');

/** The page is written by hand; the canonical model in it is what the code says. */
function modelInPage(page) {
  const guide = require('./dist/libs/mapping/src/index.js').modelGuide();
  return page.replace(/(<!-- model -->\n)[^]*(<!-- \/model -->)/, (_, from, to) => `${from}\n${guide}\n\n${to}`);
}

const GENERATED = {
  'mappings/schema.json': () => require('./dist/libs/mapping/src/index.js').mappingSchemaText(),
  'docs/openapi.json': () => require('./dist/apps/api/src/open-api-text.js').openApiText(),
  'docs/mapping.md': () => modelInPage(readFileSync(join(ROOT, 'docs', 'mapping.md'), 'utf8')),
  'docs/errors.md': () => require('./dist/apps/api/src/docs/errors-page.js').errorsPageText(),
};

const check = process.argv.includes('--check');
let stale = 0;
for (const [file, make] of Object.entries(GENERATED)) {
  const text = await make();
  const path = join(ROOT, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (!check) writeFileSync(path, text);
  else {
    stale += 1;
    process.stderr.write(`${file} is stale: run npm run generate and commit it\n`);
  }
}
process.exit(stale > 0 ? 1 : 0);
