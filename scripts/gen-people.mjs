import { createRequire } from 'node:module';
import { createWriteStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './ensure-dependencies.mjs';

// Records of people who do not exist, as recruiting tools keep them, as CSV with the truth beside them.
const ROOT = resolve(fileURLToPath(import.meta.url), '..', '..');
const USAGE = 'usage: npm run gen:people -- [--records 100000] [--traps 10000] [--seed 7] [--out people.csv]';
const asked = read();
if (asked === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
ensureDependencies();
const { build } = await import('./build.mjs');
await build({ log: (line) => process.stderr.write(`${line}\n`) });
const { writePeople } = createRequire(join(ROOT, 'package.json'))('./dist/test/gen/write-people.js');
const out = asked.out === undefined ? process.stdout : createWriteStream(asked.out);
await writePeople(out, asked);
if (out !== process.stdout) out.end();

function read() {
  try {
    const options = { records: { type: 'string' }, traps: { type: 'string' }, seed: { type: 'string' }, out: { type: 'string' } };
    const { values } = parseArgs({ options });
    const [records, traps, seed] = [values.records ?? '100000', values.traps ?? '10000', values.seed ?? '7'].map((text) =>
      Number(text.replaceAll(/[_,]/g, '')),
    );
    return [records, traps, seed].every((value) => Number.isSafeInteger(value) && value >= 0)
      ? { records, traps, seed, out: values.out }
      : undefined;
  } catch {
    return undefined;
  }
}
