import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectDemo } from '../../scripts/lib/demo-story.mjs';
import { hubClient } from '../../scripts/lib/hub-client.mjs';
import { startStack } from '../../scripts/lib/hub-stack.mjs';

// `node run-installation.mjs DIR SEED-AS-JSON` prints one ready line and runs until its input ends: Jest cannot host it, a test starts it.
const [dir, seed] = process.argv.slice(2);
const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const stack = await startStack({ root, dir, durable: false, workers: 2, log: (line) => process.stderr.write(`${line}\n`) });
const end = () => stack.stop().then(() => process.exit(0));
process.on('SIGTERM', end);
process.stdin.resume().on('end', end);
try {
  const { api, key, sandbox, caldav, temporal } = stack;
  const { seeded, connections } = await connectDemo({ hub: hubClient(stack), stack, seed: JSON.parse(seed) });
  process.stdout.write(
    `${JSON.stringify({ ready: true, api, key, sandbox, caldav, temporal, seeded, connections: connections.map(({ id }) => id) })}\n`,
  );
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  await stack.stop();
  process.exit(1);
}
