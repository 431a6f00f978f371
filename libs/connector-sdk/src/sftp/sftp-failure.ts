import type { FailureCode } from '#hub/canonical';
import { byHttpStatus } from '../classify.js';
import type { CallFailure } from '../connector.js';
import { EgressRefused } from '../egress.js';
import type { FailedCall } from '../http.js';

/** Status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02 §7), and the refusals of SSH itself. */
const CODES: Record<string, FailureCode> = {
  NO_SUCH_FILE: 'NOT_FOUND',
  PERMISSION_DENIED: 'PERMISSION',
  OP_UNSUPPORTED: 'CONFIG',
  BAD_MESSAGE: 'SCHEMA_DRIFT',
  LOGIN: 'AUTH',
  HOST_KEY: 'CONFIG',
  TOO_LARGE: 'INVALID_VALUE',
};
const STATUS = [
  'OK',
  'EOF',
  'NO_SUCH_FILE',
  'PERMISSION_DENIED',
  'FAILURE',
  'BAD_MESSAGE',
  'NO_CONNECTION',
  'CONNECTION_LOST',
  'OP_UNSUPPORTED',
];
const DETAIL: Record<string, string> = {
  LOGIN: 'the SFTP server does not accept the credentials',
  HOST_KEY: 'the host key of the SFTP server is not the one in the settings: ask its operator, and change hostKey only if they confirm it',
  TOO_LARGE: 'the file is larger than is read',
};

/** Default table from an SFTP server's no to a failure code. */
export function bySftpReply(failure: CallFailure): FailureCode {
  const { reply } = failure;
  return reply?.protocol === 'sftp' ? (CODES[reply.code] ?? 'TRANSIENT') : byHttpStatus(failure);
}

/** What an error of the SSH library says, without a word of the server's. */
export function sftpFailure(error: Error & { code?: string | number; level?: string }): Omit<FailedCall, 'method' | 'wrote'> {
  if (error instanceof EgressRefused) return { errno: error.code, sent: false, detail: error.message };
  const code = typeof error.code === 'number' ? STATUS[error.code] : error.level === 'client-authentication' ? 'LOGIN' : error.code;
  if (code !== undefined && (code in CODES || STATUS.includes(code)))
    return { reply: { protocol: 'sftp', code }, sent: true, detail: DETAIL[code] ?? `the SFTP server answered ${code}` };
  return { errno: code ?? 'EUNKNOWN', sent: true, detail: `the connection to the SFTP server failed (${code ?? error.level ?? 'closed'})` };
}
