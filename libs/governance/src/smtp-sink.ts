import { createTransport } from 'nodemailer';
import type { AlertSink } from './alerts.js';

export interface SmtpOptions {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. STARTTLS is used where the server offers it. */
  url: string;
  /** One address, several, or several in one text with commas. */
  to: string | string[];
  /** The first recipient, when left out. */
  from?: string;
}

/** Mails each alert as plain text. The message id is the alert's, so that a repeat is recognisable. */
export function smtpSink({ url, to, from = [to].flat()[0].split(',')[0].trim() }: SmtpOptions): AlertSink {
  const transport = createTransport({
    url,
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 8_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async ({ id, subject, whoActs, message }) => {
      await transport.sendMail({
        from,
        to,
        subject: `[Tributary] ${whoActs}: ${subject}`,
        text: `${message}\n`,
        messageId: `<${id}@tributary>`,
      });
    },
  };
}
