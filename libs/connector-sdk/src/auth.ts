import { ConnectorFailure } from './failure.js';
import type { TokenStore } from './ports.js';

/** How a connection proves who it is. Only names of credential fields are declared; values are read from the store at use time. */
export interface AuthScheme {
  kind: 'basic' | 'bearer' | 'none';
  /** Names of the credential fields that the connection must hold. */
  credentials: string[];
  headers: (tokens: TokenStore) => Promise<Record<string, string>>;
}

/** HTTP Basic (RFC 7617). Without `password` the field named by `username` is a key and the password is empty. */
export function basic(fields: { username: string; password?: string }): AuthScheme {
  return {
    kind: 'basic',
    credentials: fields.password ? [fields.username, fields.password] : [fields.username],
    async headers(tokens) {
      const user = await required(tokens, fields.username);
      const password = fields.password ? await required(tokens, fields.password) : '';
      return { authorization: `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}` };
    },
  };
}

/** A token sent as it is stored (RFC 6750). */
export function bearer(fields: { token: string }): AuthScheme {
  return {
    kind: 'bearer',
    credentials: [fields.token],
    headers: async (tokens) => ({ authorization: `Bearer ${await required(tokens, fields.token)}` }),
  };
}

export function none(): AuthScheme {
  return { kind: 'none', credentials: [], headers: async () => ({}) };
}

async function required(tokens: TokenStore, field: string): Promise<string> {
  const value = await tokens.read(field);
  if (value === undefined) throw new ConnectorFailure({ code: 'AUTH', field, detail: `the credential ${field} was never stored` });
  return value;
}
