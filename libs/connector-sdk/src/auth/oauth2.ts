import { createHash } from 'node:crypto';
import { importPKCS8, SignJWT } from 'jose';
import { ConnectorFailure } from '../failure.js';
import { obtainToken, bearerToken, type TokenGrant } from './access-token.js';
import type { TokenReader } from '../ports.js';
import { required, type AuthContext, type AuthScheme } from './scheme.js';

/** A text, or one that depends on the connection's settings. */
type OfSettings<Settings> = string | ((settings: Settings) => string);

export interface OAuth2Options<Settings> {
  tokenUrl: OfSettings<Settings>;
  scopes: string[] | ((settings: Settings) => string[]);
  /** How the client proves itself at the token endpoint: HTTP Basic (default) or fields of the form. */
  clientProof?: 'basic' | 'body';
  /** Further fields of every token request, such as `audience`. */
  parameters?: Record<string, string>;
}

const CLIENT = ['clientId', 'clientSecret'];

/** The hub acts for itself (RFC 6749 §4.4). */
export function clientCredentials<Settings extends object>(options: OAuth2Options<Settings>): AuthScheme {
  const grant: TokenGrant = (context, held) =>
    clientRequest({ context, held }, options, { grant_type: 'client_credentials', ...scopeOf(options.scopes, context) });
  return { kind: 'client-credentials', credentials: CLIENT, ...bearerToken(grant) };
}

/** The hub acts for a person who signed in at the vendor (RFC 6749 §4.1, PKCE by RFC 7636). */
export function authorizationCode<Settings extends object>(
  options: OAuth2Options<Settings> & {
    authorizeUrl: OfSettings<Settings>;
    /** Such as `access_type: offline`. */ signInParameters?: Record<string, string>;
  },
): AuthScheme {
  const refresh: TokenGrant = async (context, held) => {
    const refreshToken = await held.read('refreshToken');
    if (refreshToken !== undefined)
      return clientRequest({ context, held }, options, { grant_type: 'refresh_token', refresh_token: refreshToken });
    const signedIn = (await held.read('accessToken')) !== undefined;
    const detail = signedIn ? 'the sign-in has run out and cannot be renewed: sign in again' : 'nobody has signed in yet: sign in';
    throw new ConnectorFailure({ code: 'AUTH', field: 'refreshToken', detail });
  };
  return {
    kind: 'authorization-code',
    credentials: CLIENT,
    ...bearerToken(refresh),
    signIn: {
      async url(context, { redirectUri, state, codeVerifier }) {
        const url = new URL(textOf(options.authorizeUrl, context));
        const parameters = {
          ...options.signInParameters,
          response_type: 'code',
          client_id: await required(context.tokens, 'clientId'),
          redirect_uri: redirectUri,
          ...scopeOf(options.scopes, context),
          state,
          code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
          code_challenge_method: 'S256',
        };
        for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
        return url.href;
      },
      redeem: (context, { code, codeVerifier, redirectUri }) =>
        obtainToken(context, (_, held) =>
          clientRequest({ context, held }, options, {
            grant_type: 'authorization_code',
            code,
            code_verifier: codeVerifier,
            redirect_uri: redirectUri,
          }),
        ),
    },
  };
}

export interface JwtGrantOptions<Settings> {
  tokenUrl: OfSettings<Settings>;
  scopes: OAuth2Options<Settings>['scopes'];
  /** `aud` of the assertion; the token endpoint unless it is said. */
  audience?: OfSettings<Settings>;
  /** Names of credentials: who signs, for whom, and the private key as PKCS#8 PEM. */
  fields: { issuer: string; subject?: string; privateKey: string };
}

const ASSERTION_SECONDS = 300;

/** The hub signs who it is and for whom it acts (RFC 7523), as service accounts do. */
export function jwtGrant<Settings extends object>(options: JwtGrantOptions<Settings>): AuthScheme {
  const { issuer, subject, privateKey } = options.fields;
  const grant: TokenGrant = async (context, held) => {
    const url = textOf(options.tokenUrl, context);
    const seconds = Math.floor(context.now().getTime() / 1_000);
    const assertion = new SignJWT(scopeOf(options.scopes, context))
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(await required(held, issuer))
      .setAudience(options.audience ? textOf(options.audience, context) : url)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + ASSERTION_SECONDS);
    if (subject) assertion.setSubject(await required(held, subject));
    const signed = await assertion.sign(await signingKey(await required(held, privateKey), privateKey));
    return { url, form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: signed } };
  };
  return { kind: 'jwt-grant', credentials: [issuer, ...(subject ? [subject] : []), privateKey], ...bearerToken(grant) };
}

async function signingKey(pem: string, field: string): ReturnType<typeof importPKCS8> {
  try {
    return await importPKCS8(pem, 'RS256');
  } catch {
    throw new ConnectorFailure({
      code: 'AUTH',
      field,
      detail: `${field} is no RSA private key as PKCS#8 PEM ("-----BEGIN PRIVATE KEY-----")`,
    });
  }
}

async function clientRequest<Settings extends object>(
  { context, held }: { context: AuthContext; held: TokenReader },
  { tokenUrl, clientProof = 'basic', parameters }: OAuth2Options<Settings>,
  grant: Record<string, string>,
): ReturnType<TokenGrant> {
  const [id, secret] = [await required(held, 'clientId'), await required(held, 'clientSecret')];
  const form = { ...parameters, ...grant };
  const url = textOf(tokenUrl, context);
  if (clientProof === 'body') return { url, form: { ...form, client_id: id, client_secret: secret } };
  // Both are encoded as form values first (RFC 6749 §2.3.1).
  const pair = [id, secret].map((text) => new URLSearchParams({ v: text }).toString().slice(2)).join(':');
  return { url, form, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

function textOf<Settings extends object>(text: OfSettings<Settings>, { settings }: AuthContext): string {
  return typeof text === 'function' ? text(settings as Settings) : text;
}

function scopeOf<Settings>(of: OAuth2Options<Settings>['scopes'], { settings }: AuthContext): Record<string, string> {
  const scopes = typeof of === 'function' ? of(settings as Settings) : of;
  return scopes.length > 0 ? { scope: scopes.join(' ') } : {};
}
