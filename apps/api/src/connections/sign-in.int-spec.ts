import { randomUUID } from 'node:crypto';
import { loadMappings } from '#hub/mapping';
import { imapSmtp } from '#connector/imap-smtp';
import { IsString } from 'class-validator';
import pino from 'pino';
import { authorizationCode, bearer, byHttpStatus, defineConnector, type Connector } from '#hub/connector-sdk';
import { createApiKey } from '#hub/governance';
import { Database } from '#hub/persistence';
import { createHub } from '#hub/sync';
import { PaperHub } from '../../../../test/engine/paper-hub.js';
import { startAuthorizationServer, type AuthorizationServer } from '../../../../test/support/authorization-server.js';
import { createApi, type Api } from '../create-api.js';

class Settings {
  @IsString() url: string;
}
const oauth = authorizationCode<Settings>({
  authorizeUrl: ({ url }) => `${url}/auth`,
  tokenUrl: ({ url }) => `${url}/token`,
  scopes: ['openid', 'offline_access'],
  signInParameters: { prompt: 'consent' },
});
const connector = (id: string, auth: Connector['auth']): Connector =>
  defineConnector<Settings>({
    id,
    name: id,
    category: 'crm',
    settings: Settings,
    auth,
    http: ({ settings }) => ({ baseUrl: settings.url }),
    throttle: { perSecond: 1_000 },
    account: () => id,
    classify: byHttpStatus,
    check: async ({ http }) => {
      await http.get('/records');
      return [{ name: 'records', ok: true, detail: 'may be read' }];
    },
    streams: {},
  });

describe('signing in at a vendor', () => {
  const egress: string[] = [];
  const logged: string[] = [];
  let house: PaperHub;
  let api: Api;
  let url: string;
  let server: AuthorizationServer;
  let key: string;

  beforeAll(async () => {
    house = await PaperHub.open({
      connectors: [connector('acme', oauth), connector('plain', bearer({ token: 'token' })), imapSmtp],
      mappings: loadMappings('mappings').filter(({ connector: id }) => id === 'imap-smtp'),
      egress,
    });
    api = await createApi(house.hub, pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }));
    await api.app.listen(0, '127.0.0.1');
    url = await api.app.getUrl();
    server = await startAuthorizationServer({ redirectUris: [`${url}/api/v1/sign-in/callback`] });
    egress.push(new URL(server.url).host);
    key = (await house.tx((tx) => createApiKey(tx, { name: 'admin', role: 'admin' }))).key;
  });
  beforeEach(() => void (house.hub.installation.publicUrl = url));
  afterAll(async () => {
    await api?.app.close();
    await house?.close();
    await server?.stop();
  });

  const call = async (route: string, body?: object): Promise<{ status: number; body: Record<string, string> }> => {
    const [method, path] = route.split(' ');
    const headers = { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) };
    const answer = await fetch(`${url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: answer.status, body: JSON.parse((await answer.text()) || '{}') as Record<string, string> };
  };
  const connect = async (id = 'acme', credentials: object = { clientId: 'hub', clientSecret: 'hub secret/+%' }): Promise<string> => {
    const name = `${id} ${randomUUID()}`;
    const made = await call('POST /api/v1/connections', { connector: id, name, settings: { url: server.url }, credentials });
    expect(made.status).toBe(201);
    return made.body.id;
  };
  const begin = (id: string) => call(`POST /api/v1/connections/${id}/sign-in`);
  const statusOf = async (id: string): Promise<string[]> => {
    const { body } = await call(`GET /api/v1/connections/${id}`);
    return [body.status, body.statusCode, body.statusReason];
  };

  it('waits for a person, and works once they let it in', async () => {
    const id = await connect();
    expect(await statusOf(id)).toEqual(['paused', 'AUTH', 'nobody has signed in yet']);
    const { body } = await begin(id);
    const back = await server.agree(body.url);
    expect(back.origin + back.pathname).toBe(`${url}/api/v1/sign-in/callback`);
    const answer = await fetch(back);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/^Signed in/)]);
    expect(await statusOf(id)).toEqual(['active', null, null]);
    expect((await call(`POST /api/v1/connections/${id}/test`)).body).toMatchObject({ ok: true });
    const again = await fetch(back);
    expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([400, 'SIGN_IN_UNKNOWN']);
    const { body: audit } = await call('GET /api/v1/audit');
    const actions = (audit as unknown as { items: { action: string }[] }).items.map((one) => one.action);
    expect(actions).toEqual(expect.arrayContaining(['connection.sign-in', 'connection.signed-in']));
    expect(logged.join('\n')).not.toContain(back.searchParams.get('code') as string);
  });

  it('asks for what the chosen way in needs, and for a person only where people sign in', async () => {
    const mailbox = (access: string, credentials: object) =>
      call('POST /api/v1/connections', {
        connector: 'imap-smtp',
        name: `mailbox ${randomUUID()}`,
        settings: { imapHost: 'imap.example.com', address: `${randomUUID()}@example.org`, access },
        credentials,
      });
    const [byPassword, bySignIn] = [
      { username: 'hr', password: 'x' },
      { clientId: 'hub', clientSecret: 'x' },
    ];
    expect(await statusOf((await mailbox('password', byPassword)).body.id)).toEqual(['active', null, null]);
    expect(await statusOf((await mailbox('sign-in', bySignIn)).body.id)).toEqual(['paused', 'AUTH', 'nobody has signed in yet']);
    expect(await mailbox('password', bySignIn)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/credentials/username' }, { pointer: '/credentials/password' }] },
    });
    expect(await mailbox('sign-in', byPassword)).toMatchObject({ status: 422 });
  });

  it('shows no verifier, and keeps no state that could be replayed', async () => {
    const { body } = await begin(await connect());
    expect(Object.keys(body).sort()).toEqual(['expiresAt', 'url']);
    const state = new URL(body.url).searchParams.get('state') as string;
    const rows = await house.tx((tx) => tx.query<{ text: string }>(`SELECT s::text AS text FROM sign_in s`));
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(state);
  });

  it.each<[string, (state: string) => string, string]>([
    ['another state', () => 'x'.repeat(86), 'SIGN_IN_UNKNOWN'],
    ['a state of another shape', () => 'abc', 'SIGN_IN_UNKNOWN'],
    ['a state with another secret', (state) => state.slice(0, 50) + (state[50] === 'A' ? 'B' : 'A') + state.slice(51), 'SIGN_IN_UNKNOWN'],
    ['a code that the vendor never gave', (state) => state, 'SIGN_IN_REFUSED'],
  ])('refuses %s', async (_what, change, code) => {
    const { body } = await begin(await connect());
    const state = change(new URL(body.url).searchParams.get('state') as string);
    const answer = await fetch(`${url}/api/v1/sign-in/callback?state=${state}&code=guessed`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, code]);
  });

  it('says that the person refused, and repeats nothing but a word', async () => {
    const { body } = await begin(await connect());
    const state = new URL(body.url).searchParams.get('state') as string;
    const answer = await fetch(`${url}/api/v1/sign-in/callback?state=${state}&error=access_denied&error_description=%3Cscript%3E`);
    const problem = (await answer.json()) as { code: string; detail: string };
    expect(problem).toMatchObject({ code: 'SIGN_IN_REFUSED', detail: expect.stringContaining('access_denied') });
    expect(JSON.stringify(problem)).not.toContain('script');
  });

  it('refuses where nobody signs in, and where the installation does not know its address', async () => {
    expect(await begin(await connect('plain', { token: 't' }))).toMatchObject({ status: 409, body: { code: 'NO_SIGN_IN' } });
    const id = await connect();
    house.hub.installation.publicUrl = undefined;
    expect(await begin(id)).toMatchObject({ status: 409, body: { code: 'NO_PUBLIC_URL' } });
  });

  it('is renewed by one of two processes that find it run out at the same time', async () => {
    const id = await connect();
    await fetch(await server.agree((await begin(id)).body.url));
    await house.tx((tx) => house.hub.secrets.write(tx, id, 'accessTokenUntil', '2020-01-01T00:00:00Z'));
    // Fewer connections than sessions that wait: whoever renews must need no second one.
    const database = await Database.open(process.env.DATABASE_URL as string, { poolSize: 2 });
    const other = createHub({
      database,
      connectors: [...house.hub.connectors.values()],
      mappings: [],
      secrets: house.hub.secrets,
      installation: house.hub.installation,
    });
    const before = (await server.seen()).length;
    const sessions = await Promise.all(
      [house.hub, other, other, other, other].map((hub) => hub.database.inTenant(house.tenantId, (tx) => hub.open(tx, id))),
    );
    await Promise.all([...sessions, ...sessions].map((session) => session.check()));
    for (const session of sessions) session.close();
    await database.close();
    expect((await server.seen()).slice(before)).toEqual([{ grant: 'refresh_token', status: 200 }]);
  });
});
