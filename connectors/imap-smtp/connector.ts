import {
  authorizationCode,
  byMailReply,
  chosenBy,
  defineConnector,
  fetchMessage,
  findSent,
  mailboxWalk,
  saslPassword,
  saslToken,
  sendMessage,
  watchMailbox,
  type ConnectorContext,
  type MailboxOptions,
  type MailServer,
  type NamedCheck,
} from '#hub/connector-sdk';
import { ImapSmtpSettings } from './settings.js';

/** Any mailbox: IMAP4rev1 (RFC 3501) to read it, SMTP (RFC 5321) to send. What is in it is captured one way; a message is sent, never changed. */
export const imapSmtp = defineConnector<ImapSmtpSettings>({
  id: 'imap-smtp',
  name: 'Mailbox (IMAP and SMTP)',
  category: 'mail',
  settings: ImapSmtpSettings,
  auth: chosenBy<ImapSmtpSettings, 'access'>('access', {
    password: saslPassword({ username: 'username', password: 'password' }),
    'sign-in': saslToken<ImapSmtpSettings>({
      user: ({ address }) => address,
      scheme: authorizationCode<ImapSmtpSettings>({
        authorizeUrl: ({ authorizeUrl = '' }) => authorizeUrl,
        tokenUrl: ({ tokenUrl = '' }) => tokenUrl,
        scopes: ({ scope = '' }) => scope.split(/\s+/).filter(Boolean),
        signInParameters: { access_type: 'offline', prompt: 'consent' },
      }),
    }),
  }),
  imap: ({ settings }) => ({ host: settings.imapHost, port: settings.imapPort, security: settings.imapSecurity }),
  smtp: ({ settings }) => smtpServer(settings),
  // Large providers close connections of those who ask for more.
  throttle: { perSecond: 20, concurrent: 1 },
  account: ({ imapHost, address }) => `${imapHost.toLowerCase()}/${address.toLowerCase()}`,
  classify: byMailReply,
  check,
  streams: {
    messages: {
      entity: 'communication',
      deletes: 'tombstone',
      ...mailboxWalk<ImapSmtpSettings>(mailbox),
      fetch: ({ externalId, settings, ...context }) => fetchMessage(context, mailbox(settings), externalId),
      watch: ({ signal, changed, settings, ...context }) => watchMailbox(context, mailbox(settings), { signal, changed }),
      push: {
        effect: 'notifies-a-person',
        create: ({ writeId, body, settings, ...context }) => sendMessage(context, mailbox(settings), { writeId, body }),
        find: { by: 'writeId', visibleWithinMs: 60_000, search: ({ writeId, ...context }) => findSent(context, { writeId }) },
      },
    },
  },
});

function mailbox(settings: ImapSmtpSettings): MailboxOptions {
  return { ...settings, aliases: settings.aliases ?? [], folders: settings.folders ?? [] };
}

function smtpServer({ smtpHost = '', smtpPort, smtpSecurity }: ImapSmtpSettings): MailServer {
  return { host: smtpHost, port: smtpPort, security: smtpSecurity };
}

async function check({ imap, smtp, settings }: ConnectorContext<ImapSmtpSettings>): Promise<NamedCheck[]> {
  const tells = await imap.use(async (flow) => flow.enabled.has('QRESYNC'));
  const page = await mailboxWalk<ImapSmtpSettings>(mailbox).pull({ imap, smtp, settings, now: () => new Date() } as never);
  const changes = tells
    ? 'the server tells what changed since the last time'
    : 'the server does not tell what vanished: it is found by comparing';
  const reading = { name: 'mailbox', ok: page.nextCursor !== undefined, detail: 'the folders are there, and may be read' };
  if (!settings.smtpHost)
    return [
      reading,
      { name: 'changes', ok: true, detail: changes },
      { name: 'sending', ok: true, detail: 'no SMTP server is set: the mailbox is only read' },
    ];
  await smtp.greet();
  return [
    reading,
    { name: 'changes', ok: true, detail: changes },
    { name: 'sending', ok: true, detail: 'the SMTP server lets the hub in' },
  ];
}
