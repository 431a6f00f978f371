// A real OAuth 2.0 authorization server (oidc-provider) with a resource behind it. Prints one line when it is ready; its only argument is
// {"redirectUris":[…],"accessTokenSeconds":n,"publicKey":JWK}. The person who signs in always agrees.
import { createServer } from 'node:http';
import { createLocalJWKSet, jwtVerify } from 'jose';
import Provider from 'oidc-provider';

const { redirectUris = [], accessTokenSeconds = 3600, publicKey } = JSON.parse(process.argv[2] ?? '{}');
const seen = [];
const behaviour = { resource: 'check' };
const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(url, {
  clients: [
    {
      client_id: 'hub',
      client_secret: 'hub secret/+%',
      redirect_uris: redirectUris.length > 0 ? redirectUris : [`${url}/unused`],
      grant_types: ['authorization_code', 'refresh_token'],
    },
    {
      client_id: 'machine',
      client_secret: 'machine-secret',
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
      scope: 'records',
    },
    {
      client_id: 'machine-body',
      client_secret: 'machine-secret',
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
      scope: 'records',
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  scopes: ['openid', 'offline_access', 'records'],
  features: {
    clientCredentials: { enabled: true },
    revocation: { enabled: true },
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: false },
  },
  findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  ttl: {
    AccessToken: accessTokenSeconds,
    ClientCredentials: accessTokenSeconds,
    RefreshToken: 86_400,
    Grant: 86_400,
    Session: 86_400,
    Interaction: 600,
  },
  cookies: { keys: ['only-for-tests'] },
});
provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route === 'token') seen.push({ grant: ctx.oidc.params?.grant_type, status: ctx.status });
});

const callback = provider.callback();
server.on('request', async (request, response) => {
  const { pathname } = new URL(request.url, url);
  const json = (status, body) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  try {
    if (pathname === '/control/seen') return json(200, seen);
    if (pathname.startsWith('/control/resource/')) return json(200, (behaviour.resource = pathname.split('/').at(-1)));
    if (pathname === '/control/revoke') return json(200, await revokeAll());
    if (pathname === '/jwt-token') return await jwtGrant(request, json);
    if (pathname === '/token-of-whom') return await tokenOfWhom(request, json);
    if (pathname === '/records') return await resource(request, json);
    if (pathname.startsWith('/interaction/')) return await agree(request, response);
    return await callback(request, response);
  } catch (error) {
    return json(500, { error: String(error) });
  }
});

const grants = new Set();
async function agree(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: 'recruiter', clientId: params.client_id });
  grant.addOIDCScope(String(params.scope));
  const grantId = await grant.save();
  grants.add(grantId);
  return provider.interactionFinished(
    request,
    response,
    { login: { accountId: 'recruiter' }, consent: { grantId } },
    { mergeWithLastSubmission: false },
  );
}
async function revokeAll() {
  for (const grantId of grants) {
    await provider.AccessToken.revokeByGrantId(grantId);
    await provider.RefreshToken.revokeByGrantId(grantId);
    await (await provider.Grant.find(grantId))?.destroy();
  }
  return [...grants];
}
/** RFC 7523, which oidc-provider leaves to others. */
async function jwtGrant(request, json) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  const grant = form.get('grant_type');
  try {
    if (grant !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') throw new Error(grant);
    const keys = createLocalJWKSet({ keys: [publicKey] });
    const expected = { issuer: 'service-account', subject: 'user-7', audience: `${url}/jwt-token`, maxTokenAge: '10m' };
    const { payload } = await jwtVerify(form.get('assertion') ?? '', keys, expected);
    const token = new provider.ClientCredentials({ client: await provider.Client.find('machine'), scope: String(payload.scope) });
    seen.push({ grant, status: 200 });
    return json(200, { access_token: await token.save(), expires_in: accessTokenSeconds, token_type: 'Bearer' });
  } catch {
    seen.push({ grant, status: 400 });
    return json(400, { error: 'invalid_grant', error_description: 'person@example.com may not' });
  }
}
/** What a mail server asks about a token that it is shown: is it good, and whose. */
async function tokenOfWhom(request, json) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const found = await provider.AccessToken.find(new URLSearchParams(Buffer.concat(chunks).toString()).get('token') ?? '');
  if (behaviour.resource === 'forget' && found) {
    behaviour.resource = 'check';
    await found.destroy();
    return json(200, { active: false });
  }
  return json(200, found ? { active: true, username: `${found.accountId}@example.org` } : { active: false });
}
async function resource(request, json) {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
  if (behaviour.resource === 'refuse' || !found) return json(401, { error: 'invalid_token' });
  if (behaviour.resource === 'forget') {
    behaviour.resource = 'check';
    await found.destroy();
    return json(401, { error: 'invalid_token' });
  }
  return json(200, { records: [] });
}
process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
