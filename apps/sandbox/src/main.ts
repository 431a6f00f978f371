import { startSandbox } from './sandbox.js';

async function main(): Promise<void> {
  const port = Number(process.env.SANDBOX_PORT ?? 0);
  if (!Number.isInteger(port) || port < 0) throw new Error('SANDBOX_PORT must be a whole number of 0 or more');
  const sandbox = await startSandbox({ port, statePath: process.env.SANDBOX_STATE || undefined });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void sandbox.close().then(() => process.exit(0)));
  process.stdout.write(`${JSON.stringify({ ready: true, url: sandbox.url })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
