import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './ensure-dependencies.mjs';

// Writes a connector that works against its own simulator, with mapping and tests: the place to begin from, not a thing to ship.
const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
const TEMPLATES = join(ROOT, 'scripts', 'templates', 'connector');
const CATEGORIES = ['ats', 'calendar', 'mail', 'messaging', 'job-board', 'assessment', 'background-check', 'e-sign', 'hris', 'crm'];
const USAGE = `usage: npm run new:connector -- <name> --category <${CATEGORIES.join('|')}>`;

const { id, category, root } = read();
const words = id.split('-');
const pascal = words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
const names = {
  __id__: id,
  __category__: category,
  __Pascal__: pascal,
  __camel__: pascal[0].toLowerCase() + pascal.slice(1),
  __Title__: words.join(' ').replace(/^./, (letter) => letter.toUpperCase()),
};
const folder = join(root, 'connectors', id);
const mappings = join(root, 'mappings', id);
for (const place of [folder, mappings]) if (existsSync(place)) fail(`${place.slice(root.length + 1)} is there already`);
for (const place of [folder, mappings]) mkdirSync(place, { recursive: true });
ensureDependencies();
const { format, resolveConfig } = await import('prettier');
for (const template of readdirSync(TEMPLATES)) await write(template);
writeFileSync(
  join(folder, 'certificate.json'),
  `${JSON.stringify({ connector: id, level: 'none', on: '', checks: 0, runs: [] }, undefined, 2)}\n`,
);
await register();
process.stdout.write(`connectors/${id} and mappings/${id} are written. Next:
  npm run conformance -- ${id} --write   keeps its first certificate beside it
  docs/write-a-connector.md              from here to your vendor
`);

async function write(template) {
  const name = template.replace(/\.txt$/, '');
  const place =
    { 'mapping.yaml': join(mappings, 'people.yaml'), 'examples.yaml': join(mappings, 'people.examples.yaml') }[name] ?? join(folder, name);
  writeFileSync(place, await inStyle(place, filled(readFileSync(join(TEMPLATES, template), 'utf8'))));
}

/** Names differ in length, and lines break by it. */
async function inStyle(file, text) {
  return file.endsWith('.ts') ? format(text, { ...(await resolveConfig(join(ROOT, 'connectors', 'x.ts'))), filepath: file }) : text;
}

function filled(text) {
  return Object.entries(names).reduce((all, [place, value]) => all.replaceAll(place, value), text);
}

/** Into the list of connectors. */
async function register() {
  const file = join(root, 'connectors', 'index.ts');
  if (!existsSync(file)) return;
  const { __camel__: camel } = names;
  const imports = `import ${camel}Certificate from './${id}/certificate.json';\nimport { ${camel} } from './${id}/connector.js';\n`;
  const text = readFileSync(file, 'utf8')
    .replace(/\n\n\/\*\* Every connector/, `\n${imports}\n/** Every connector`)
    .replace(/(connectors: readonly Connector\[\] = \[[^\]]*)\]/, `$1, ${camel}]`)
    .replace(/(certificates = \[[^\]]*)\]/, `$1, ${camel}Certificate]`);
  writeFileSync(file, await inStyle(file, text));
}

function read() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { category: { type: 'string' }, root: { type: 'string' } },
    });
    const [name] = positionals;
    if (positionals.length !== 1 || !CATEGORIES.includes(values.category)) fail(USAGE);
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) fail(`"${name}": a name is lower-case words joined by hyphens, such as acme-board`);
    return { id: name, category: values.category, root: values.root ?? ROOT };
  } catch {
    return fail(USAGE);
  }
}

function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}
