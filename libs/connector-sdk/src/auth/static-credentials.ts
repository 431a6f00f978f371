import { required, type AuthScheme } from './scheme.js';

/** HTTP Basic (RFC 7617). Without `password` the field named by `username` is a key and the password is empty. */
export function basic(fields: { username: string; password?: string }): AuthScheme {
  return {
    kind: 'basic',
    credentials: fields.password ? [fields.username, fields.password] : [fields.username],
    async authorize({ tokens }) {
      const user = await required(tokens, fields.username);
      const password = fields.password ? await required(tokens, fields.password) : '';
      return { headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}` } };
    },
  };
}

/** A token sent as it is stored (RFC 6750). */
export function bearer(fields: { token: string }): AuthScheme {
  return {
    kind: 'bearer',
    credentials: [fields.token],
    authorize: async ({ tokens }) => ({ headers: { authorization: `Bearer ${await required(tokens, fields.token)}` } }),
  };
}

/** A key in a header of the vendor's own, or in the query. */
export function apiKey(fields: { key: string } & ({ header: string } | { query: string })): AuthScheme {
  return {
    kind: 'api-key',
    credentials: [fields.key],
    async authorize({ tokens }) {
      const key = await required(tokens, fields.key);
      return 'header' in fields ? { headers: { [fields.header.toLowerCase()]: key } } : { query: { [fields.query]: key } };
    },
  };
}

export function none(): AuthScheme {
  return { kind: 'none', credentials: [], authorize: async () => ({}) };
}

/** Our certificate in the TLS handshake; alone, or below another scheme that the vendor wants over it. */
export function mutualTls(clientCertificate: { certificate: string; key: string }, scheme: AuthScheme = none()): AuthScheme {
  return {
    ...scheme,
    kind: scheme.kind === 'none' ? 'mutual-tls' : scheme.kind,
    credentials: [...scheme.credentials, clientCertificate.certificate, clientCertificate.key],
    clientCertificate,
  };
}
