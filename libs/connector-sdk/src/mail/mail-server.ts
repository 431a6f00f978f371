import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { vetTarget, type EgressRules } from '../egress.js';

/** Where a mail server is and how it is spoken to. */
export interface MailServer {
  host: string;
  port: number;
  /** `tls` from the first byte, `starttls` before anything is said, `none` only where the installation's egress list names the server. */
  security: 'tls' | 'starttls' | 'none';
  /** Silence after which the server counts as away, ms; default 30 s. All of one operation may take five times as long. */
  timeoutMs?: number;
  /** Of a larger message only so much is read; default 8 MiB. */
  maxMessageBytes?: number;
}
export const TIMEOUT_MS = 30_000;
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** An operation may take so many times its longest silence. */
export const PATIENCE = 5;

interface VettedServer {
  /** The vetted address: no second lookup can lead elsewhere. */
  host: string;
  port: number;
  secure: boolean;
  tls: { servername?: string; ca?: string[] };
}

/** @throws EgressRefused */
export async function vetServer(
  protocol: 'imap' | 'smtp',
  { host, port, security }: MailServer,
  guard: { rules: EgressRules; ca?: string },
): Promise<VettedServer> {
  const scheme = { tls: `${protocol}s:`, starttls: `${protocol}+tls:`, none: `${protocol}:` }[security];
  const [address] = await vetTarget({ protocol: scheme, host, port }, guard.rules);
  const servername = isIP(host) === 0 ? host : undefined;
  const ca = guard.ca ? [...rootCertificates, guard.ca] : undefined;
  return { host: address.address, port, secure: security === 'tls', tls: { ...(servername && { servername }), ...(ca && { ca }) } };
}
