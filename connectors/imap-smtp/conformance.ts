import { startImapFaultProxy, type NamedHarness } from '#hub/connector-sdk/conformance';
import { ImapFlow } from 'imapflow';
import { startMailServers } from './real-servers.js';

const credentials = { username: 'hr', password: 'pass-word-1' };

const ENCLOSING = [
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=part',
  '',
  '--part',
  'Content-Type: text/plain',
  '',
  'Enclosed, as agreed.',
  '--part',
  'Content-Type: application/pdf',
  'Content-Disposition: attachment; filename=resume.pdf',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('%PDF-1.4 the resume of Ida').toString('base64'),
  '--part--',
  '',
].join('\r\n');

async function seed(port: number): Promise<void> {
  const flow = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure: false,
    doSTARTTLS: false,
    auth: { user: credentials.username, pass: credentials.password },
    logger: false,
  });
  await flow.connect();
  for (let at = 0; at < 30; at++) {
    const folder = at % 10 === 0 ? 'Sent' : 'INBOX';
    const lines = [
      `Message-ID: <seed-${at}@example.com>`,
      'From: Ida <ida@example.com>',
      'To: hr@example.org',
      'Date: Tue, 01 Dec 2026 10:00:00 +0100',
      `Subject: Seeded ${at}`,
    ];
    const rest = at === 5 ? ENCLOSING : `\r\nZoë 🚀 مقابلة ${at}\r\n`;
    await flow.append(folder, `${lines.join('\r\n')}\r\n${rest}`);
  }
  await flow.logout();
}

/** The same mailbox, as servers of different ages show it. */
function dovecot(on: string, capability?: string): NamedHarness {
  return {
    stream: 'messages',
    on,
    evidence: 'real server',
    needs: 'dovecot',
    async start() {
      const { imapPort, stop } = await startMailServers({ users: { [credentials.username]: credentials.password }, capability });
      await seed(imapPort);
      return {
        url: `imap://127.0.0.1:${imapPort}`,
        startFaults: () => startImapFaultProxy({ port: imapPort }),
        settings: (origin) => ({
          imapHost: new URL(origin).hostname,
          imapPort: Number(new URL(origin).port || 993),
          imapSecurity: 'none',
          address: 'hr@example.org',
        }),
        credentials,
        expectAtLeast: 30,
        unknownId: '<nobody@example.com>/0000000000000000',
        filesInside: true,
        noWrites: 'what is sent is neither changed nor removed: sending has tests of its own, on real servers',
        stop,
      };
    },
  };
}

export const harnesses = [dovecot('Dovecot with QRESYNC'), dovecot('Dovecot as plain IMAP4rev1', 'IMAP4rev1 SPECIAL-USE LIST-EXTENDED')];
