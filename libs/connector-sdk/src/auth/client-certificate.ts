import { createSecureContext } from 'node:tls';
import { ConnectorFailure } from '../failure.js';
import type { TokenReader } from '../ports.js';
import type { ClientCertificate } from '../transport.js';
import { required, type AuthScheme } from './scheme.js';

/** Reads our certificate when the first socket opens; undefined for schemes without one. */
export function clientCertificateOf(
  { clientCertificate }: AuthScheme,
  tokens: TokenReader,
): (() => Promise<ClientCertificate>) | undefined {
  if (!clientCertificate) return undefined;
  return async () => {
    const cert = await required(tokens, clientCertificate.certificate);
    const key = await required(tokens, clientCertificate.key);
    try {
      createSecureContext({ cert, key });
    } catch {
      const { certificate, key: keyField } = clientCertificate;
      const detail = `${certificate} and ${keyField} must be a certificate and its own private key, both PEM`;
      throw new ConnectorFailure({ code: 'AUTH', field: certificate, detail });
    }
    return { cert, key };
  };
}
