import type { FailureCode } from '#hub/canonical';
import type { CallFailure } from './connector.js';

const BY_STATUS: Record<number, FailureCode> = {
  401: 'AUTH',
  402: 'PERMISSION',
  403: 'PERMISSION',
  404: 'NOT_FOUND',
  405: 'CONFIG',
  407: 'CONFIG',
  408: 'TRANSIENT',
  409: 'TRANSIENT',
  410: 'NOT_FOUND',
  412: 'TRANSIENT',
  423: 'TRANSIENT',
  425: 'TRANSIENT',
  429: 'RATE_LIMITED',
  501: 'CONFIG',
};

/** Errors of the connection itself that no retry mends: the address or the certificate in the settings is wrong. */
const SETTINGS_ERRNOS = new Set([
  'EGRESS_REFUSED',
  'ERR_INVALID_URL',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'EPROTO',
]);

/** Default table from an HTTP failure to a failure code; a connector asks it for whatever its vendor does not do differently. */
export function byHttpStatus(failure: CallFailure): FailureCode {
  const { status, headers } = failure;
  if (status === undefined) return SETTINGS_ERRNOS.has(failure.errno ?? '') ? 'CONFIG' : 'TRANSIENT';
  if (status === 503 && headers?.['retry-after']) return 'RATE_LIMITED';
  const known = BY_STATUS[status];
  if (known) return known;
  if (status >= 500) return 'TRANSIENT';
  // A redirect that nobody expected: the address in the settings is not the one that the vendor serves.
  return status < 400 ? 'CONFIG' : 'INVALID_VALUE';
}
