import { createServer } from 'node:net';

const LOWEST = 20_000;
const HIGHEST = 32_000;

/** A port of loopback that nobody listens on now; below the range from which systems take ports for outgoing connections. */
export async function freePort() {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await canListen(port)) return port;
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST}`);
}

export function canListen(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** True when something accepts connections there. */
async function isListening(port, host = '127.0.0.1') {
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
