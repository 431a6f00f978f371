import { memoryBudget, memoryTokens, openSession, type ConnectorSession, type TokenStore } from '#hub/connector-sdk';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAuthorizationServer, type AuthorizationServer } from '../../test/support/authorization-server.js';
import { describeIf } from '../../test/capabilities.js';
import { imapSmtp } from './connector.js';
import { startMailServers, type MailServers } from './real-servers.js';

const REDIRECT = 'http://127.0.0.1:9/callback';

describeIf('dovecot', 'a mailbox that is opened with a token', () => {
  let provider: AuthorizationServer;
  let servers: MailServers;
  const sessions: ConnectorSession[] = [];
  beforeAll(async () => {
    provider = await startAuthorizationServer({ redirectUris: [REDIRECT] });
    servers = await startMailServers({ users: {}, introspection: `${provider.url}/token-of-whom` });
  }, 60_000);
  afterEach(() => sessions.splice(0).forEach((session) => session.close()));
  afterAll(async () => {
    await servers?.stop();
    await provider?.stop();
  });
  const open = (tokens: TokenStore) => {
    const session = openSession(imapSmtp, {
      settings: {
        imapHost: '127.0.0.1',
        imapPort: servers.imapPort,
        imapSecurity: 'none',
        address: 'recruiter@example.org',
        access: 'sign-in',
        authorizeUrl: `${provider.url}/auth`,
        tokenUrl: `${provider.url}/token`,
        scope: 'openid offline_access',
      },
      tokens,
      budget: memoryBudget(),
      egress: [`127.0.0.1:${servers.imapPort}`, new URL(provider.url).host],
    });
    sessions.push(session);
    return session;
  };
  const signedIn = async () => {
    const tokens = memoryTokens({ clientId: 'hub', clientSecret: 'hub secret/+%' });
    const session = open(tokens);
    const codeVerifier = randomBytes(48).toString('base64url');
    const back = await provider.agree(await session.signInUrl({ redirectUri: REDIRECT, state: 's', codeVerifier }));
    await session.redeemSignIn({ code: back.searchParams.get('code') as string, codeVerifier, redirectUri: REDIRECT });
    return tokens;
  };

  test('is read by whoever signed in; a token that the server no longer takes is renewed once', async () => {
    const tokens = await signedIn();
    expect((await open(tokens).pull('messages', {})).nextCursor).toBeDefined();
    await provider.resource('forget');
    const before = (await provider.seen()).length;
    expect((await open(tokens).pull('messages', {})).nextCursor).toBeDefined();
    expect((await provider.seen()).slice(before)).toEqual([{ grant: 'refresh_token', status: 200 }]);
  });

  test('without a sign-in, and after one was taken back, it is AUTH that says to sign in', async () => {
    await expect(open(memoryTokens({ clientId: 'hub', clientSecret: 'x' })).pull('messages', {})).rejects.toMatchObject({
      code: 'AUTH',
      detail: expect.stringContaining('sign in') as string,
    });
    const tokens = await signedIn();
    await provider.revoke();
    await expect(open(tokens).pull('messages', {})).rejects.toMatchObject({
      code: 'AUTH',
      detail: expect.stringContaining('sign in again') as string,
    });
  });
});

describeIf('dovecot', 'a mailbox behind TLS', () => {
  let folder: string;
  let secure: MailServers;
  let plain: MailServers;
  const file = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mail-ca-'));
    chmodSync(folder, 0o755);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
    const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', file(`${name}.key`)];
    openssl('req', '-x509', ...key('ca'), '-out', file('ca.pem'), '-subj', '/CN=test authority', '-days', '2');
    const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-addext', 'subjectAltName=DNS:localhost'];
    openssl('req', '-x509', ...key('leaf'), ...signed, '-out', file('leaf.pem'), '-subj', '/CN=localhost', '-days', '2');
    secure = await startMailServers({ users: { hr: 'pass-word-1' }, tls: { cert: file('leaf.pem'), key: file('leaf.key') } });
    plain = await startMailServers({ users: { hr: 'pass-word-1' } });
  }, 60_000);
  afterAll(async () => {
    await secure?.stop();
    await plain?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const read = async (settings: { imapHost?: string; imapPort: number; imapSecurity: string }, ca?: string) => {
    const host = settings.imapHost ?? 'localhost';
    const session = openSession(imapSmtp, {
      settings: { imapHost: host, address: 'hr@example.org', ...settings },
      tokens: memoryTokens({ username: 'hr', password: 'pass-word-1' }),
      budget: memoryBudget(),
      egress: [`${host}:${settings.imapPort}`],
      ca,
    });
    return session
      .pull('messages', {})
      .then(
        () => 'read',
        (error: { code: string }) => error.code,
      )
      .finally(() => session.close());
  };
  const ca = () => readFileSync(file('ca.pem'), 'utf8');

  test('is read by TLS from the first byte, and by STARTTLS', async () => {
    expect(await read({ imapPort: secure.imapsPort, imapSecurity: 'tls' }, ca())).toBe('read');
    expect(await read({ imapPort: secure.imapPort, imapSecurity: 'starttls' }, ca())).toBe('read');
  });
  test('a certificate of nobody, or for another name, is CONFIG', async () => {
    expect(await read({ imapPort: secure.imapsPort, imapSecurity: 'tls' })).toBe('CONFIG');
    expect(await read({ imapPort: secure.imapPort, imapSecurity: 'starttls' })).toBe('CONFIG');
    expect(await read({ imapHost: '127.0.0.1', imapPort: secure.imapsPort, imapSecurity: 'tls' }, ca())).toBe('CONFIG');
  });
  test('where STARTTLS is asked for and not offered, no password is sent', async () => {
    expect(await read({ imapPort: plain.imapPort, imapSecurity: 'starttls' }, ca())).toBe('CONFIG');
  });
});
