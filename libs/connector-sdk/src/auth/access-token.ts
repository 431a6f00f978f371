import { byHttpStatus } from '../classify.js';
import { ConnectorFailure } from '../failure.js';
import type { HeldTokens, TokenReader, TokenStore } from '../ports.js';
import { retryAfterMs } from '../retry-after.js';
import { required, type AuthContext, type AuthScheme, type Authorization, type TokenAnswer } from './scheme.js';

/** What is asked of the token endpoint. Credentials are read from `held`: what holds them has its connection to the store already. */
export type TokenGrant = (
  context: AuthContext,
  held: TokenReader,
) => Promise<{ url: string; form: Record<string, string>; headers?: Record<string, string> }>;

/** Renewed so long before its end, or at half its life when that is shorter. */
const EARLY_MS = 60_000;
const FIELDS = { token: 'accessToken', refresh: 'refreshToken', until: 'accessTokenUntil' };

/** A bearer token that is got, kept and renewed by one process at a time, and stored before it is used. */
export function bearerToken(grant: TokenGrant): Pick<AuthScheme, 'authorize' | 'renew'> {
  return {
    async authorize(context) {
      if (!(await usable(context.tokens, context.now()))) await renewOnce(context, grant);
      return headerOf(await required(context.tokens, FIELDS.token));
    },
    async renew(context, refused) {
      await renewOnce(context, grant, refused);
      return true;
    },
  };
}

/** Gets a token whatever is stored. */
export async function obtainToken(context: AuthContext, grant: TokenGrant): Promise<void> {
  await context.tokens.alone(async (held) => store(held, await ask(context, grant, held), context.now()));
}

const renewing = new WeakMap<TokenStore, Promise<void>>();

/** Calls of one session that need a token at the same time wait for one renewal; other processes wait in the store. */
async function renewOnce(context: AuthContext, grant: TokenGrant, refused?: Authorization): Promise<void> {
  const renewal =
    renewing.get(context.tokens) ??
    context.tokens
      .alone(async (held) => {
        if (await renewedMeanwhile(held, context.now(), refused)) return;
        await store(held, await ask(context, grant, held), context.now());
      })
      .finally(() => renewing.delete(context.tokens));
  renewing.set(context.tokens, renewal);
  await renewal;
}

async function renewedMeanwhile(held: TokenReader, now: Date, refused?: Authorization): Promise<boolean> {
  if (!(await usable(held, now))) return false;
  return refused === undefined || headerOf(await required(held, FIELDS.token)).headers.authorization !== refused.headers?.authorization;
}

async function usable(tokens: TokenReader, now: Date): Promise<boolean> {
  if ((await tokens.read(FIELDS.token)) === undefined) return false;
  const until = await tokens.read(FIELDS.until);
  return !until || Date.parse(until) > now.getTime();
}

function headerOf(token: string): { headers: { authorization: string } } {
  return { headers: { authorization: `Bearer ${token}` } };
}

interface Granted {
  access_token: string;
  refresh_token?: string;
  /** Seconds. */
  expires_in?: number | string;
}

async function ask(context: AuthContext, grant: TokenGrant, held: TokenReader): Promise<Granted> {
  const { url, form, headers } = await grant(context, held);
  const answer = await context.post(url, form, headers);
  if (answer.status !== 200 || !isGranted(answer.body)) throw refusal(answer, form, context.now());
  return answer.body;
}

function isGranted(body: unknown): body is Granted {
  if (typeof body !== 'object' || body === null) return false;
  const { access_token: token, token_type: type = 'bearer' } = body as { access_token?: unknown; token_type?: unknown };
  return typeof token === 'string' && token.length > 0 && /^bearer$/i.test(String(type));
}

async function store(held: HeldTokens, granted: Granted, now: Date): Promise<void> {
  const lifeMs = Number(granted.expires_in ?? Number.NaN) * 1_000;
  const until = Number.isFinite(lifeMs) ? new Date(now.getTime() + lifeMs - Math.min(EARLY_MS, lifeMs / 2)).toISOString() : '';
  await held.write(FIELDS.token, granted.access_token);
  await held.write(FIELDS.until, until);
  // A vendor that does not rotate sends none: the one that we have stays good.
  if (granted.refresh_token) await held.write(FIELDS.refresh, granted.refresh_token);
}

const SIGN_IN_AGAIN = 'it was revoked at the vendor, or not used for too long: sign in again';
/** First match decides. What the provider says in words is not repeated: it may name people. */
const REFUSALS: Record<string, (form: Record<string, string>) => { code: 'AUTH' | 'CONFIG'; field?: string; detail: string }> = {
  invalid_grant: ({ grant_type: type }) =>
    type === 'refresh_token'
      ? { code: 'AUTH', field: 'refreshToken', detail: `the vendor no longer accepts the sign-in: ${SIGN_IN_AGAIN}` }
      : type === 'authorization_code'
        ? { code: 'AUTH', detail: 'the vendor does not accept the code of this sign-in: it was used, or took too long; begin again' }
        : { code: 'AUTH', detail: 'the vendor does not accept the signed grant: check the key, the account and its consent' },
  invalid_client: () => ({ code: 'AUTH', field: 'clientSecret', detail: 'the vendor does not accept the client id and secret' }),
  unauthorized_client: () => ({ code: 'CONFIG', detail: 'the vendor does not allow this client to get tokens in this way' }),
  unsupported_grant_type: () => ({ code: 'CONFIG', detail: 'the vendor does not give tokens in this way' }),
  invalid_scope: () => ({ code: 'CONFIG', detail: 'the vendor does not give this client all the scopes that the connector needs' }),
  invalid_request: () => ({ code: 'CONFIG', detail: 'the token endpoint does not understand the request' }),
};

function refusal({ status, headers, body }: TokenAnswer, form: Record<string, string>, now: Date): ConnectorFailure {
  const said = typeof body === 'object' && body !== null ? (body as { error?: unknown }).error : undefined;
  const known = typeof said === 'string' && Object.hasOwn(REFUSALS, said) ? REFUSALS[said](form) : undefined;
  if (known) return new ConnectorFailure({ ...known, status });
  const code = status === 200 ? 'SCHEMA_DRIFT' : byHttpStatus({ status, headers, sent: true, method: 'POST' });
  const wait = code === 'RATE_LIMITED' ? { retryAfterMs: retryAfterMs(headers, now) } : {};
  return new ConnectorFailure({ code, status, detail: `the token endpoint answered ${status} without a token`, ...wait });
}
