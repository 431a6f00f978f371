import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { byHttpStatus } from '../classify.js';
import { defineConnector } from '../connector.js';
import type { ConnectorFailure } from '../failure.js';
import { memoryBudget, memoryTokens } from '../memory-ports.js';
import { openSession } from '../session.js';
import { clientCredentials } from './oauth2.js';
import type { AuthScheme } from './scheme.js';
import { basic, mutualTls } from './static-credentials.js';

class NoSettings {}
const FIELDS = { certificate: 'certificate', key: 'key' };
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

(hasOpenssl ? describe : describe.skip)('our certificate in the handshake', () => {
  let folder: string;
  let server: Server;
  let url: string;
  let callers: { path?: string; subject?: string; authorization?: string }[];
  const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mtls-'));
    const file = (name: string): string => join(folder, name);
    const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { stdio: 'pipe' });
    const made = (name: string, subject: string, ...more: string[]): Buffer =>
      openssl(
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        file(`${name}.key`),
        '-out',
        file(`${name}.pem`),
        '-subj',
        subject,
        '-days',
        '2',
        ...more,
      );
    made('ca', '/CN=test authority');
    const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key')];
    made('leaf', '/CN=localhost', ...signed, '-addext', 'subjectAltName=DNS:localhost');
    made('ours', '/CN=tributary', ...signed);
    made('stranger', '/CN=stranger');
    server = createServer(
      { key: pem('leaf.key'), cert: pem('leaf.pem'), ca: pem('ca.pem'), requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        const certificate = (request.socket as TLSSocket).getPeerCertificate();
        callers.push({ path: request.url, subject: String(certificate.subject?.CN), authorization: request.headers.authorization });
        response.setHeader('content-type', 'application/json');
        response.end(request.url === '/token' ? '{"access_token":"over-tls","token_type":"Bearer","expires_in":60}' : '{}');
      },
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => void (callers = []));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    rmSync(folder, { recursive: true, force: true });
  });

  const check = async (auth: AuthScheme, credentials: Record<string, string>): Promise<ConnectorFailure | undefined> => {
    const connector = defineConnector<NoSettings>({
      id: 'payroll',
      name: 'Payroll',
      category: 'hris',
      settings: NoSettings,
      auth,
      http: () => ({ baseUrl: url }),
      throttle: { perSecond: 100 },
      account: () => 'one',
      classify: byHttpStatus,
      check: async ({ http }) => {
        await http.get('/workers');
        return [];
      },
      streams: {},
    });
    const options = {
      settings: {},
      tokens: memoryTokens(credentials),
      budget: memoryBudget(),
      egress: [new URL(url).host],
      ca: pem('ca.pem'),
    };
    const session = openSession(connector, options);
    return session
      .check()
      .then(
        () => undefined,
        (error: ConnectorFailure) => error,
      )
      .finally(() => session.close());
  };
  const ours = (): Record<string, string> => ({ certificate: pem('ours.pem'), key: pem('ours.key') });

  it('is shown, alone or below another scheme', async () => {
    expect(await check(mutualTls(FIELDS), ours())).toBeUndefined();
    expect(await check(mutualTls(FIELDS, basic({ username: 'user' })), { ...ours(), user: 'u' })).toBeUndefined();
    expect(callers).toEqual([
      { path: '/workers', subject: 'tributary', authorization: undefined },
      { path: '/workers', subject: 'tributary', authorization: 'Basic dTo=' },
    ]);
  });

  it('is shown to the token endpoint too', async () => {
    const auth = mutualTls(FIELDS, clientCredentials({ tokenUrl: `${url}/token`, scopes: [] }));
    expect(auth.credentials).toEqual(['clientId', 'clientSecret', 'certificate', 'key']);
    expect(await check(auth, { ...ours(), clientId: 'i', clientSecret: 's' })).toBeUndefined();
    expect(callers.map(({ path, subject }) => [path, subject])).toEqual([
      ['/token', 'tributary'],
      ['/workers', 'tributary'],
    ]);
    expect(callers[1].authorization).toBe('Bearer over-tls');
  });

  it('is named when it is missing, no PEM, or not that of its key', async () => {
    expect(await check(mutualTls(FIELDS), { key: pem('ours.key') })).toMatchObject({ code: 'AUTH', field: 'certificate' });
    expect(await check(mutualTls(FIELDS), { certificate: 'abc', key: pem('ours.key') })).toMatchObject({
      code: 'AUTH',
      field: 'certificate',
    });
    const mixed = await check(mutualTls(FIELDS), { certificate: pem('ours.pem'), key: pem('stranger.key') });
    expect(mixed).toMatchObject({ code: 'AUTH', field: 'certificate' });
    expect(String(mixed)).not.toMatch(/BEGIN/);
    expect(callers).toEqual([]);
  });

  it('of a stranger gets nothing', async () => {
    const failure = await check(mutualTls(FIELDS), { certificate: pem('stranger.pem'), key: pem('stranger.key') });
    expect(failure?.code).toMatch(/^(TRANSIENT|CONFIG)$/);
    expect(callers).toEqual([]);
  });
});
