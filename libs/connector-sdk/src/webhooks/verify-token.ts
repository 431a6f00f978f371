import { createRemoteJWKSet, customFetch, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { Transport } from '../transport.js';
import type { SignedTokenScheme } from './scheme.js';
import type { Verified, VerifyInput } from './verify-webhook.js';

/** Public keys by the address of their key set, kept for minutes and read again when a token names an unknown one. */
export interface KeySource {
  of: (jwksUrl: string) => JWTVerifyGetKey;
}

const TIMEOUT_MS = 5_000;
const MAX_BODY_BYTES = 1024 * 1024;

/** Key sets read through the guarded transport. */
export function remoteKeys(transport: Transport): KeySource {
  const known = new Map<string, JWTVerifyGetKey>();
  const read = async (address: string): Promise<Response> => {
    const url = new URL(address);
    const { status, headers, text } = await transport.send({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      timeoutMs: TIMEOUT_MS,
      maxBodyBytes: MAX_BODY_BYTES,
    });
    return new Response(text, { status, headers: { 'content-type': headers['content-type'] ?? 'application/json' } });
  };
  return {
    of(jwksUrl) {
      const keys = known.get(jwksUrl) ?? createRemoteJWKSet(new URL(jwksUrl), { [customFetch]: read });
      known.set(jwksUrl, keys);
      return keys;
    },
  };
}

/** Issuer, audience (our own address), expiry, signature, and the account that the stored secret names. */
export async function verifyToken(scheme: SignedTokenScheme, { delivery, secrets, now, keys }: VerifyInput): Promise<Verified> {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(delivery.headers.authorization ?? '')?.[1];
  if (!token) return { ok: false, reason: 'no-signature' };
  if (delivery.url === undefined || !keys) return { ok: false, reason: 'no-public-address' };
  try {
    const { payload } = await jwtVerify(token, keys.of(scheme.jwksUrl), {
      issuer: scheme.issuers,
      audience: [delivery.url, delivery.url.replace(/\?.*$/, '')],
      algorithms: ['RS256'],
      requiredClaims: ['exp'],
      currentDate: now,
      clockTolerance: 60,
    });
    const named = payload.email_verified === true && typeof payload.email === 'string' && secrets.includes(payload.email);
    return named ? { ok: true } : { ok: false, reason: 'mismatch' };
  } catch (error) {
    return { ok: false, reason: (error as { code?: string }).code === 'ERR_JWT_EXPIRED' ? 'stale' : 'mismatch' };
  }
}
