import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport, type NoAnswer } from './transport.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
let folder: string;
let server: Server;
let port: number;
const file = (name: string) => join(folder, name);
const pem = (name: string) => readFileSync(file(name), 'utf8');

(hasOpenssl ? describe : describe.skip)('a private certificate authority', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ca-'));
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
    const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', file(`${name}.key`)];
    openssl('req', '-x509', ...key('ca'), '-out', file('ca.pem'), '-subj', '/CN=test authority', '-days', '2');
    const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-addext', 'subjectAltName=DNS:localhost'];
    openssl('req', '-x509', ...key('leaf'), ...signed, '-out', file('leaf.pem'), '-subj', '/CN=localhost', '-days', '2');
    server = createServer({ key: pem('leaf.key'), cert: pem('leaf.pem') }, (_request, response) => response.end('{"ok":true}'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    rmSync(folder, { recursive: true, force: true });
  });

  const call = async (host: string, ca?: string) => {
    const transport = createTransport({ egress: [`${host}:${port}`], ca });
    const request = { method: 'GET', url: new URL(`https://${host}:${port}/`), headers: {}, timeoutMs: 2_000, maxBodyBytes: 1_000 };
    return transport
      .send(request)
      .catch((error: NoAnswer) => error)
      .finally(() => transport.close());
  };

  test('is trusted where its PEM is given, and nowhere else', async () => {
    expect(await call('localhost', pem('ca.pem'))).toMatchObject({ status: 200 });
    expect(await call('localhost')).toMatchObject({ sent: false, errno: expect.stringMatching(/UNABLE_TO|SELF_SIGNED/) });
  });
  test('does not make a certificate good for another name', async () => {
    expect(await call('127.0.0.1', pem('ca.pem'))).toMatchObject({ sent: false, errno: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });
});
