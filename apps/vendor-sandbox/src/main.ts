import { startSandbox } from './sandbox.js';

void startSandbox({ port: Number(process.env.SANDBOX_PORT ?? 0), statePath: process.env.SANDBOX_STATE }).then(({ url, close }) => {
  process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void close().then(() => process.exit(0)));
});
