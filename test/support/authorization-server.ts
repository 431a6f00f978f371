import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface AuthorizationServer {
  url: string;
  /** Token requests so far, by grant type and status. */
  seen: () => Promise<{ grant: string; status: number }[]>;
  /** What the resource does next: `check` tokens, `refuse` all, or `forget` the next one that it sees. */
  resource: (behaviour: 'check' | 'refuse' | 'forget') => Promise<void>;
  /** Takes back all that people agreed to. */
  revoke: () => Promise<void>;
  /** Plays the person's browser from the sign-in page to the address that the server sends it back to. */
  agree: (signInUrl: string) => Promise<URL>;
  stop: () => Promise<void>;
}

/** Starts oidc-provider in a process of its own, on a free port. */
export async function startAuthorizationServer(options: {
  redirectUris?: string[];
  accessTokenSeconds?: number;
  publicKey?: object;
}): Promise<AuthorizationServer> {
  const file = join(process.cwd(), 'test', 'servers', 'authorization-server.mjs');
  const child = spawn(process.execPath, ['--no-warnings', file, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the authorization server ended with ${code}\n${said}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      const line = chunk
        .toString()
        .split('\n')
        .find((one) => one.startsWith('{"ready"'));
      if (line) resolve((JSON.parse(line) as { url: string }).url);
    });
  });
  const control = async (path: string): Promise<unknown> => (await fetch(`${url}/control/${path}`)).json();
  return {
    url,
    seen: async () => (await control('seen')) as { grant: string; status: number }[],
    resource: async (behaviour) => void (await control(`resource/${behaviour}`)),
    revoke: async () => void (await control('revoke')),
    agree: (signInUrl) => follow(signInUrl, url),
    stop: () =>
      new Promise((done) => {
        child.removeAllListeners('exit');
        child.once('exit', () => done());
        child.kill('SIGKILL');
      }),
  };
}

async function follow(start: string, server: string): Promise<URL> {
  const cookies = new Map<string, string>();
  for (let at = new URL(start), steps = 0; steps < 12; steps += 1) {
    if (at.origin !== server) return at;
    const answer = await fetch(at, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0].split('=');
      cookies.set(name, value);
    }
    const next = answer.headers.get('location');
    if (!next) throw new Error(`the sign-in stopped with ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    at = new URL(next, at);
  }
  throw new Error('the sign-in does not end');
}
