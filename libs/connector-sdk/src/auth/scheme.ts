import { ConnectorFailure } from '../failure.js';
import type { TokenReader, TokenStore } from '../ports.js';

export type AuthKind =
  'none' | 'basic' | 'bearer' | 'api-key' | 'client-credentials' | 'authorization-code' | 'jwt-grant' | 'mutual-tls' | 'sasl' | 'ssh';

/** What a call carries to prove who we are. */
export interface Authorization {
  headers?: Record<string, string>;
  query?: Record<string, string>;
  /** Who logs in to a mail server (RFC 4422): PLAIN or LOGIN with a password, OAUTHBEARER or XOAUTH2 with a token. */
  sasl?: { user: string } & ({ password: string } | { token: string });
  /** Who logs in to an SFTP server (RFC 4252). */
  ssh?: { user: string } & ({ password: string } | { privateKey: string; passphrase?: string });
}
export interface TokenAnswer {
  status: number;
  headers: Record<string, string>;
  /** Undefined when it is no JSON. */
  body: unknown;
}
export interface AuthContext {
  tokens: TokenStore;
  settings: object;
  now: () => Date;
  /** Posts a form to an identity provider, past the vendor's budget and without credentials. @throws ConnectorFailure TRANSIENT when no answer comes */
  post: (url: string, form: Record<string, string>, headers?: Record<string, string>) => Promise<TokenAnswer>;
}
export interface SignInRequest {
  redirectUri: string;
  state: string;
  /** 43 to 128 characters (RFC 7636); its hash goes out, it itself only with the code. */
  codeVerifier: string;
}
export interface SignInAnswer {
  code: string;
  codeVerifier: string;
  redirectUri: string;
}
/** A person lets the hub in at the vendor's own page (RFC 6749 §4.1 with PKCE). */
export interface SignIn {
  url: (context: AuthContext, request: SignInRequest) => Promise<string>;
  /** Stores what the vendor gives for the code. */
  redeem: (context: AuthContext, answer: SignInAnswer) => Promise<void>;
}

/** How a connection proves who it is. Only names of credential fields are declared; values are read from the store at use time. */
export interface AuthScheme {
  kind: AuthKind;
  /** Names of the credential fields that people enter. */
  credentials: string[];
  authorize: (context: AuthContext) => Promise<Authorization>;
  /** A call with `refused` was answered with 401. Resolves to whether another try may fare better. */
  renew?: (context: AuthContext, refused: Authorization) => Promise<boolean>;
  /** Names of the credentials that hold our certificate and its key, both PEM (RFC 8705). */
  clientCertificate?: { certificate: string; key: string };
  signIn?: SignIn;
  /** One of several ways in: the setting that chooses, the credentials of each choice, and the choices by which people sign in. */
  choice?: { setting: string; credentials: Record<string, string[]>; signsIn: string[] };
}

/** @throws ConnectorFailure AUTH that names the field */
export async function required(tokens: TokenReader, field: string): Promise<string> {
  const value = await tokens.read(field);
  if (value === undefined) throw new ConnectorFailure({ code: 'AUTH', field, detail: `the credential ${field} was never stored` });
  return value;
}
