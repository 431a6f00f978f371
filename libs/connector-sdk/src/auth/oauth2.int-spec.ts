import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { IsString } from 'class-validator';
import { startAuthorizationServer, type AuthorizationServer } from '../../../../test/support/authorization-server.js';
import { byHttpStatus } from '../classify.js';
import { defineConnector } from '../connector.js';
import type { ConnectorFailure } from '../failure.js';
import { memoryBudget, memoryTokens } from '../memory-ports.js';
import type { TokenStore } from '../ports.js';
import { openSession, type ConnectorSession } from '../session.js';
import { authorizationCode, clientCredentials, jwtGrant } from './oauth2.js';
import type { AuthScheme } from './scheme.js';

class Settings {
  @IsString() url: string;
}
const REDIRECT = 'http://127.0.0.1:9/callback';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const tokenUrl = ({ url }: Settings): string => `${url}/token`;
const machine = clientCredentials<Settings>({ tokenUrl, scopes: ['records'] });
const person = authorizationCode<Settings>({
  tokenUrl,
  authorizeUrl: ({ url }) => `${url}/auth`,
  scopes: ['openid', 'offline_access'],
  signInParameters: { prompt: 'consent' },
});
const MACHINE = { clientId: 'machine', clientSecret: 'machine-secret' };
const HUB = { clientId: 'hub', clientSecret: 'hub secret/+%' };

describe('OAuth2 against a real authorization server', () => {
  let server: AuthorizationServer;
  const sessions: ConnectorSession[] = [];
  beforeAll(async () => {
    server = await startAuthorizationServer({
      redirectUris: [REDIRECT],
      publicKey: { ...publicKey.export({ format: 'jwk' }), alg: 'RS256', kid: 'k' },
    });
  });
  afterEach(() => sessions.splice(0).forEach((session) => session.close()));
  afterAll(() => server?.stop());

  const open = (
    auth: AuthScheme,
    tokens: TokenStore,
    { url = server.url, now }: { url?: string; now?: () => Date } = {},
  ): ConnectorSession => {
    const connector = defineConnector<Settings>({
      id: 'acme',
      name: 'Acme',
      category: 'crm',
      settings: Settings,
      auth,
      http: ({ settings }) => ({ baseUrl: settings.url }),
      throttle: { perSecond: 1_000 },
      account: () => 'one',
      classify: byHttpStatus,
      check: async ({ http }) => {
        await http.get('/records');
        return [];
      },
      streams: {},
    });
    const session = openSession(connector, { settings: { url }, tokens, budget: memoryBudget(), egress: [new URL(url).host], now });
    sessions.push(session);
    return session;
  };
  const failureOf = (work: Promise<unknown>): Promise<ConnectorFailure> =>
    work.then(
      () => Promise.reject(new Error('it should have failed')),
      (error: ConnectorFailure) => error,
    );
  /** Token requests that `work` makes. */
  const asked = async (work: () => Promise<unknown>): Promise<string[]> => {
    const before = (await server.seen()).length;
    await work();
    return (await server.seen()).slice(before).map(({ grant, status }) => `${grant} ${status}`);
  };
  /** Credentials of somebody who signed in, at the given stored values. */
  const signedIn = async (values: Record<string, string> = { ...HUB }): Promise<TokenStore> => {
    const tokens = memoryTokens(values);
    const session = open(person, tokens);
    const codeVerifier = randomBytes(48).toString('base64url');
    const back = await server.agree(await session.signInUrl({ redirectUri: REDIRECT, state: 's-1', codeVerifier }));
    expect(back.searchParams.get('state')).toBe('s-1');
    await session.redeemSignIn({ code: back.searchParams.get('code') as string, codeVerifier, redirectUri: REDIRECT });
    return tokens;
  };
  const inTwoHours = (): Date => new Date(Date.now() + 2 * 3_600_000);

  it('gets a token for itself once, whoever asks at the same time, and again when it has run out', async () => {
    const tokens = memoryTokens({ ...MACHINE });
    const [one, other] = [open(machine, tokens), open(machine, tokens)];
    expect(await asked(() => Promise.all([1, 2, 3, 4].flatMap(() => [one.check(), other.check()])))).toEqual(['client_credentials 200']);
    expect(await asked(() => one.check())).toEqual([]);
    expect(await asked(() => open(machine, tokens, { now: inTwoHours }).check())).toEqual(['client_credentials 200']);
  });

  it('proves itself in the form where the vendor wants that', async () => {
    const inBody = clientCredentials<Settings>({ tokenUrl, scopes: [], clientProof: 'body' });
    const tokens = memoryTokens({ clientId: 'machine-body', clientSecret: 'machine-secret' });
    expect(await asked(() => open(inBody, tokens).check())).toEqual(['client_credentials 200']);
  });

  it('renews after a 401, once, and makes the call again', async () => {
    const tokens = memoryTokens({ ...MACHINE });
    const session = open(machine, tokens);
    await session.check();
    await server.resource('forget');
    expect(await asked(() => session.check())).toEqual(['client_credentials 200']);
  });

  it('does not go on when the vendor refuses a fresh token too', async () => {
    const session = open(machine, memoryTokens({ ...MACHINE }));
    await session.check();
    await server.resource('refuse');
    const requests = await asked(async () => expect(await failureOf(session.check())).toMatchObject({ code: 'AUTH', status: 401 }));
    await server.resource('check');
    expect(requests).toEqual(['client_credentials 200']);
  });

  it('lets a person sign in, refreshes with rotation, and stores the new token before it is used', async () => {
    const values: Record<string, string> = { ...HUB };
    const tokens = await signedIn(values);
    expect(await asked(() => open(person, tokens).check())).toEqual([]);
    const [before, held] = [values.refreshToken, values.accessToken];
    const writes: string[] = [];
    const watched: TokenStore = { read: tokens.read, alone: async (work) => tokens.alone(work).finally(() => writes.push('stored')) };
    const later = open(person, watched, { now: inTwoHours });
    expect(await asked(() => Promise.all([later.check(), later.check(), open(person, watched, { now: inTwoHours }).check()]))).toEqual([
      'refresh_token 200',
    ]);
    expect(writes.length).toBeGreaterThan(0);
    expect(values.refreshToken).not.toBe(before);
    expect(values.accessToken).not.toBe(held);
  });

  it('tells a sign-in that was taken back from one that never was, and from one that merely ran out', async () => {
    expect(await failureOf(open(person, memoryTokens({ ...HUB })).check())).toMatchObject({
      code: 'AUTH',
      field: 'refreshToken',
      detail: 'nobody has signed in yet: sign in',
    });
    expect(await failureOf(open(person, memoryTokens({ ...HUB, accessToken: 'a', accessTokenUntil: '2020-01-01' })).check())).toMatchObject(
      {
        code: 'AUTH',
        detail: 'the sign-in has run out and cannot be renewed: sign in again',
      },
    );
    const tokens = await signedIn();
    await server.revoke();
    const failure = await failureOf(open(person, tokens).check());
    expect(failure).toMatchObject({ code: 'AUTH', field: 'refreshToken' });
    expect(failure.detail).toMatch(/revoked/);
  });

  it('refuses a code with another verifier, and a code that was used', async () => {
    const session = open(person, memoryTokens({ ...HUB }));
    const codeVerifier = randomBytes(48).toString('base64url');
    const back = await server.agree(await session.signInUrl({ redirectUri: REDIRECT, state: 's', codeVerifier }));
    const code = back.searchParams.get('code') as string;
    const redeem = (verifier: string): Promise<void> => session.redeemSignIn({ code, codeVerifier: verifier, redirectUri: REDIRECT });
    expect((await failureOf(redeem(randomBytes(48).toString('base64url')))).detail).toMatch(/does not accept the code/);
    await redeem(codeVerifier);
    expect((await failureOf(redeem(codeVerifier))).code).toBe('AUTH');
  });

  it.each<[string, AuthScheme, Record<string, string>, object]>([
    ['a wrong secret', machine, { ...MACHINE, clientSecret: 'wrong-secret-77' }, { code: 'AUTH', field: 'clientSecret' }],
    ['no secret', machine, { clientId: 'machine' }, { code: 'AUTH', field: 'clientSecret' }],
    ['a scope that it may not have', clientCredentials<Settings>({ tokenUrl, scopes: ['offline_access'] }), MACHINE, { code: 'CONFIG' }],
    [
      'a token endpoint that is none',
      clientCredentials<Settings>({ tokenUrl: ({ url }) => `${url}/nowhere`, scopes: [] }),
      MACHINE,
      { code: 'NOT_FOUND' },
    ],
  ])('says what is wrong with %s, and no secret', async (_what, auth, credentials, expected) => {
    const failure = await failureOf(open(auth, memoryTokens({ ...credentials })).check());
    expect(failure).toMatchObject(expected);
    expect(`${String(failure)} ${JSON.stringify({ ...failure })}`).not.toMatch(/machine-secret|wrong-secret-77/);
  });

  it('takes a token endpoint that is away for a trouble that passes, not for a refusal', async () => {
    const away = clientCredentials<Settings>({ tokenUrl: 'http://127.0.0.1:9/token', scopes: [] });
    const connector = open(away, memoryTokens({ ...MACHINE }));
    expect((await failureOf(connector.check())).code).toBe('CONFIG');
    const closed = await startAuthorizationServer({});
    await closed.stop();
    expect((await failureOf(open(machine, memoryTokens({ ...MACHINE }), { url: closed.url }).check())).code).toBe('TRANSIENT');
  });

  it('signs who it is and for whom it acts, and repeats no words of the provider', async () => {
    const auth = jwtGrant<Settings>({
      tokenUrl: ({ url }) => `${url}/jwt-token`,
      scopes: ['records'],
      fields: { issuer: 'account', subject: 'user', privateKey: 'key' },
    });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    expect(await asked(() => open(auth, memoryTokens({ account: 'service-account', user: 'user-7', key })).check())).toEqual([
      'urn:ietf:params:oauth:grant-type:jwt-bearer 200',
    ]);
    const refused = await failureOf(open(auth, memoryTokens({ account: 'service-account', user: 'user-8', key })).check());
    expect(refused.code).toBe('AUTH');
    expect(String(refused)).not.toMatch(/person@/);
    expect(await failureOf(open(auth, memoryTokens({ account: 'a', user: 'b', key: 'not pem' })).check())).toMatchObject({
      code: 'AUTH',
      field: 'key',
    });
  });
});
