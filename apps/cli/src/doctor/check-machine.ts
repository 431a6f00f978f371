import { existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { parse } from 'node:path';
import { fine, wrong, type Environment, type Finding } from './check.js';

const LEAST_GB = 2;

export function checkNode(version = process.versions.node): Finding {
  const [major, minor] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return fine('Node', version);
  return wrong('Node', `${version} is too old`, 'install Node 20.19 or newer');
}

export function checkDisk(folder = process.cwd()): Finding {
  const { bavail, bsize } = statfsSync(existsSync(folder) ? folder : parse(folder).root);
  const free = (bavail * bsize) / 1e9;
  if (free >= LEAST_GB) return fine('disk', `${free.toFixed(0)} GB free`);
  return wrong('disk', `${free.toFixed(1)} GB free`, `make room: the demo and the tests need ${LEAST_GB} GB`);
}

/** Free, or taken by the API itself. */
export async function checkPort(env: Environment, apiAnswers: boolean): Promise<Finding> {
  const port = Number(env.API_PORT ?? 3000);
  const host = env.API_HOST ?? '127.0.0.1';
  if (apiAnswers || port === 0 || (await canListen(host, port))) return fine('port of the API', `${host}:${port}`);
  return wrong(
    'port of the API',
    `${host}:${port} is taken by another program`,
    'stop that program, or set API_PORT to a free port (0 takes one)',
  );
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
