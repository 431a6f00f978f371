import { createTransport } from 'nodemailer';
import type { Authorization } from '../auth/scheme.js';
import { ConnectorFailure } from '../failure.js';
import { smtpFailure } from './mail-failure.js';
import type { MailParts } from './mail-parts.js';
import { PATIENCE, TIMEOUT_MS, vetServer, type MailServer } from './mail-server.js';

export interface SmtpClient {
  /**
   * Hands over one message as it is. Resolves once the server has taken responsibility for it, for at least one recipient.
   * @returns recipients that the server refused
   */
  send: (message: { from: string; to: string[]; raw: string | Buffer; envelopeId?: string }) => Promise<{ refused: string[] }>;
  /** Connects, logs in, and leaves. */
  greet: () => Promise<void>;
}

export function smtpClient(server: MailServer, guard: Parameters<typeof vetServer>[2], parts: MailParts): SmtpClient {
  const attempt = async <Result>(
    work: (transport: ReturnType<typeof createTransport>) => Promise<Result>,
    shown: Authorization,
  ): Promise<Result> => {
    const transport = createTransport(await optionsOf(server, guard, shown));
    const timer = setTimeout(() => transport.close(), (server.timeoutMs ?? TIMEOUT_MS) * PATIENCE);
    return work(transport).finally(() => {
      clearTimeout(timer);
      transport.close();
    });
  };
  const run = async <Result>(method: string, work: (transport: ReturnType<typeof createTransport>) => Promise<Result>): Promise<Result> => {
    await parts.admit();
    try {
      const shown = await parts.authorize();
      return await attempt(work, shown).catch(async (error: { code?: string }) => {
        if (error.code !== 'EAUTH' || !(await parts.renew?.(shown))) throw error;
        return attempt(work, await parts.authorize());
      });
    } catch (error) {
      throw error instanceof ConnectorFailure ? error : await parts.judged(smtpFailure(error as Error), method);
    }
  };
  return {
    async send({ from, to, raw, envelopeId }) {
      const dsn =
        envelopeId === undefined
          ? {}
          : { dsn: { id: envelopeId, return: 'headers' as const, notify: ['failure' as const, 'delay' as const] } };
      const { rejected } = await run('DATA', (transport) => transport.sendMail({ envelope: { from, to }, raw, ...dsn }));
      parts.wrote();
      return { refused: (rejected as (string | { address: string })[]).map((one) => (typeof one === 'string' ? one : one.address)) };
    },
    greet: async () => void (await run('NOOP', (transport) => transport.verify())),
  };
}

async function optionsOf(server: MailServer, guard: Parameters<typeof vetServer>[2], { sasl }: Authorization) {
  const timeoutMs = server.timeoutMs ?? TIMEOUT_MS;
  return {
    ...(await vetServer('smtp', server, guard)),
    requireTLS: server.security === 'starttls',
    ignoreTLS: server.security === 'none',
    ...(sasl && {
      auth:
        'token' in sasl
          ? ({ type: 'OAuth2', user: sasl.user, accessToken: sasl.token } as const)
          : { user: sasl.user, pass: sasl.password },
    }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
