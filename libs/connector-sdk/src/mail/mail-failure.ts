import type { FailureCode } from '#hub/canonical';
import { byHttpStatus } from '../classify.js';
import type { CallFailure } from '../connector.js';
import { EgressRefused } from '../egress.js';
import type { FailedCall } from '../http.js';

/** How a server that speaks no HTTP says no; its words are not kept, they may name people. */
export interface MailReply {
  protocol: 'imap' | 'smtp' | 'sftp';
  /** SFTP: the name of its status. IMAP: the response code (RFC 5530), else NO or BAD. SMTP: the enhanced status (RFC 3463) where there is one, else the reply code. */
  code: string;
  /** SMTP's reply code. */
  status?: number;
}

const IMAP_CODES: Record<string, FailureCode> = {
  AUTHENTICATIONFAILED: 'AUTH',
  EXPIRED: 'AUTH',
  PRIVACYREQUIRED: 'CONFIG',
  AUTHORIZATIONFAILED: 'PERMISSION',
  NOPERM: 'PERMISSION',
  CONTACTADMIN: 'PERMISSION',
  NONEXISTENT: 'CONFIG',
  TRYCREATE: 'CONFIG',
  CANNOT: 'CONFIG',
  CLIENTBUG: 'BUG',
  LIMIT: 'RATE_LIMITED',
  THROTTLED: 'RATE_LIMITED',
  OVERQUOTA: 'CONFIG',
  BAD: 'SCHEMA_DRIFT',
};
const SMTP_CODES: [RegExp, FailureCode][] = [
  [/^(?:5\.7\.8|5\.7\.9|530|534|535|538)$/, 'AUTH'],
  [/^(?:4\.7\.0|4\.7\.28|421|4\.3\.2|452|4\.5\.3)$/, 'RATE_LIMITED'],
  [/^(?:5\.7\.\d+)$/, 'PERMISSION'],
  [/^(?:4|4\.\d+\.\d+|4\d\d)$/, 'TRANSIENT'],
  [/^5/, 'INVALID_VALUE'],
];

/** Default table from a mail server's no to a failure code. */
export function byMailReply(failure: CallFailure): FailureCode {
  const { reply } = failure;
  if (!reply) return byHttpStatus(failure);
  if (reply.protocol === 'imap') return IMAP_CODES[reply.code] ?? 'TRANSIENT';
  return SMTP_CODES.find(([pattern]) => pattern.test(reply.code))?.[1] ?? 'TRANSIENT';
}

interface LibraryError extends Error {
  code?: string;
  authenticationFailed?: boolean;
  serverResponseCode?: string;
  responseStatus?: string;
  throttleReset?: number;
  responseCode?: number;
  response?: unknown;
  command?: string;
  tlsFailed?: boolean;
}

/** Errors before the first byte of a conversation. */
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'CONNECT_TIMEOUT', 'GREETING_TIMEOUT']);
const OVERSIZE = new Set(['LiteralTooLarge', 'LineTooLarge', 'ResponseTooLarge', 'TooManyTokens', 'TooManyResponses']);
const GARBLED = /^(?:Parser|InvalidResponse|UnexpectedTag|MissingTag|ResponseProcessingFailed|MAX_IMAP_NESTING)/;

/** What an error of the IMAP library says, without a word of the server's. */
export function imapFailure(error: LibraryError): Omit<FailedCall, 'method' | 'wrote'> {
  if (error instanceof EgressRefused) return { errno: error.code, sent: false, detail: error.message };
  const said = error.authenticationFailed ? 'AUTHENTICATIONFAILED' : (error.serverResponseCode ?? error.responseStatus);
  if (error.code === 'ETHROTTLE')
    return { reply: { protocol: 'imap', code: 'THROTTLED' }, sent: true, headers: waitOf(error.throttleReset) };
  if (said !== undefined && said !== 'BYE')
    return { reply: { protocol: 'imap', code: codeOf(error) }, sent: true, detail: `the IMAP server answered ${codeOf(error)}` };
  return brokenConnection(error);
}

/** A passing trouble at the server may stop a login, too: then the credentials are not in question. */
function codeOf({ authenticationFailed, serverResponseCode, responseStatus }: LibraryError): string {
  const known = serverResponseCode?.toUpperCase();
  if (known && /^[A-Z0-9-]{2,40}$/.test(known)) return known;
  return authenticationFailed ? 'AUTHENTICATIONFAILED' : responseStatus === 'BAD' ? 'BAD' : 'NO';
}

/** What an error of the SMTP library says. */
export function smtpFailure(error: LibraryError): Omit<FailedCall, 'method' | 'wrote'> {
  if (error instanceof EgressRefused) return { errno: error.code, sent: false, detail: error.message };
  const { responseCode } = error;
  if (responseCode === undefined) return brokenConnection(error);
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(String(error.response ?? ''))?.[1];
  const code = error.code === 'EAUTH' && responseCode >= 500 ? '535' : (enhanced ?? String(responseCode));
  return { reply: { protocol: 'smtp', code, status: responseCode }, sent: true, detail: `the SMTP server answered ${responseCode}` };
}

function brokenConnection(error: LibraryError): Omit<FailedCall, 'method' | 'wrote'> {
  const { code = 'EUNKNOWN' } = error;
  // No encryption, no password: the port, the kind of security or the certificate is not what the settings say.
  if (error.tlsFailed || code === 'ETLS' || (code === 'ESOCKET' && /certificate|altname|self.signed|wrong version/i.test(error.message)))
    return { errno: 'EPROTO', sent: false, detail: 'no encrypted connection to the mail server could be made' };
  const detail = OVERSIZE.has(code)
    ? 'the mail server sent more than is read'
    : GARBLED.test(code)
      ? 'the mail server answered what is no answer'
      : `the connection to the mail server failed (${code})`;
  return { errno: code, sent: !UNSENT.has(code), detail };
}

/** As the headers of an HTTP answer say it. */
function waitOf(waitMs: number | undefined): Record<string, string> {
  return waitMs === undefined ? {} : { 'retry-after': String(Math.ceil(waitMs / 1_000)) };
}
