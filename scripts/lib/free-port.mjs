import { createServer } from 'node:net';

/** A port of loopback that nobody listens on now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** True when something accepts connections there. */
export async function isListening(port, host = '127.0.0.1') {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

export async function waitUntilListening(port, { seconds = 30, alive = () => true } = {}) {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end;) {
    if (await isListening(port)) return;
    if (!alive()) throw new Error(`the process that should listen on port ${port} has ended`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on port ${port} after ${seconds} s`);
}
