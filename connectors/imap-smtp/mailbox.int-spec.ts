import { memoryBudget, memoryTokens, openSession, type ConnectorSession, type MailPayload } from '#hub/connector-sdk';
import { ImapFlow } from 'imapflow';
import { randomUUID } from 'node:crypto';
import { describeIf } from '../../test/capabilities.js';
import { imapSmtp } from './connector.js';
import { startMailServers, type MailServers } from './real-servers.js';

const USERS = { hr: 'pass-word-1', ida: 'pass-word-2' };
const WAYS = [
  { name: 'QRESYNC', capability: undefined },
  { name: 'CONDSTORE alone', capability: 'IMAP4rev1 SASL-IR LITERAL+ ENABLE UIDPLUS SPECIAL-USE LIST-EXTENDED CONDSTORE IDLE' },
  { name: 'plain IMAP4rev1', capability: 'IMAP4rev1 SPECIAL-USE LIST-EXTENDED UIDPLUS' },
];
const message = (fields: Record<string, string>, body = 'Hello') =>
  [
    ...Object.entries({
      From: 'Ida Test <ida@example.com>',
      To: 'hr@example.org',
      Date: 'Tue, 01 Dec 2026 10:00:00 +0100',
      Subject: 'Hello',
      ...fields,
    }).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
    '',
  ].join('\r\n');
const withId = (id: string, fields: Record<string, string> = {}) => message({ 'Message-ID': `<${id}@example.com>`, ...fields });
/** A person's mail program. */
async function byHand({ imapPort: port }: MailServers, user: keyof typeof USERS): Promise<ImapFlow> {
  const flow = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: USERS[user] },
    logger: false,
  });
  await flow.connect();
  return flow;
}

for (const way of WAYS)
  describeIf('dovecot', `a mailbox read by ${way.name}`, () => {
    let servers: MailServers;
    let session: ConnectorSession;
    let hand: ImapFlow;
    const open = (settings: object = {}) =>
      openSession(imapSmtp, {
        settings: { imapHost: '127.0.0.1', imapPort: servers.imapPort, imapSecurity: 'none', address: 'hr@example.org', ...settings },
        tokens: memoryTokens({ username: 'hr', password: USERS.hr }),
        budget: memoryBudget(),
        egress: [`127.0.0.1:${servers.imapPort}`],
      });
    beforeAll(async () => {
      servers = await startMailServers({ users: USERS, capability: way.capability });
      session = open();
      // What a person does with a mail program.
      hand = await byHand(servers, 'hr');
    }, 60_000);
    afterAll(async () => {
      session?.close();
      hand?.close();
      await servers?.stop();
    });
    const pullAll = async (cursor?: string) => {
      const [records, vanished]: [Awaited<ReturnType<ConnectorSession['pull']>>['records'], string[]] = [[], []];
      for (let at = cursor; ;) {
        const page = await session.pull('messages', { cursor: at });
        records.push(...page.records);
        vanished.push(...(page.vanished ?? []));
        at = page.nextCursor;
        if (page.done) return { records, vanished, cursor: at, payloads: records.map(({ payload }) => payload as MailPayload) };
      }
    };

    test('what arrives comes once, with the next walk; a flag that changes brings nothing', async () => {
      await hand.append('INBOX', withId('one'));
      const first = await pullAll();
      expect(first.payloads).toEqual([
        expect.objectContaining({ messageId: '<one@example.com>', direction: 'IN', mailbox: 'INBOX', people: ['ida@example.com'] }),
      ]);
      await hand.append('INBOX', withId('two'));
      await hand.append('Sent', withId('three', { From: 'hr@example.org', To: 'ida@example.com' }));
      const second = await pullAll(first.cursor);
      expect(second.payloads.map(({ messageId, direction }) => [messageId, direction])).toEqual([
        ['<two@example.com>', 'IN'],
        ['<three@example.com>', 'OUT'],
      ]);
      await hand.mailboxOpen('INBOX');
      await hand.messageFlagsAdd('1:*', ['\\Seen']);
      expect((await pullAll(second.cursor)).records).toEqual([]);
    });

    test('what is deleted vanishes; what is moved vanishes there and is the same message here', async () => {
      await hand.append('INBOX', withId('to delete'.replace(' ', '-')));
      await hand.append('INBOX', withId('to-move'));
      const all = open({ folders: ['INBOX', 'Archive'] });
      const own = session;
      session = all;
      const before = await pullAll();
      const [deleted, shifted] = ['to-delete', 'to-move'].map((id) => before.records.find(({ externalId }) => externalId.includes(id)));
      await hand.mailboxOpen('INBOX');
      await hand.messageDelete({ header: { 'message-id': 'to-delete' } });
      await hand.messageMove({ header: { 'message-id': 'to-move' } }, 'Archive');
      const after = await pullAll(before.cursor);
      expect(after.vanished.sort()).toEqual([deleted?.version, shifted?.version].sort());
      expect(after.records).toEqual([expect.objectContaining({ externalId: shifted?.externalId })]);
      expect(after.records[0].version).not.toBe(shifted?.version);
      expect(await all.fetch('messages', { externalId: deleted?.externalId ?? '', parents: {} })).toEqual({ state: 'gone' });
      expect(await all.fetch('messages', { externalId: shifted?.externalId ?? '', parents: {} })).toMatchObject({
        state: 'found',
        record: { version: after.records[0].version },
      });
      session = own;
      all.close();
    });

    test('a folder that was made anew brings the same messages under the same ids', async () => {
      await hand.mailboxCreate('Candidates');
      const raw = withId('again');
      await hand.append('Candidates', raw);
      const own = session;
      session = open({ folders: ['Candidates'] });
      const before = await pullAll();
      if (hand.mailbox) await hand.mailboxClose();
      await hand.mailboxDelete('Candidates');
      await new Promise((later) => setTimeout(later, 1_100));
      await hand.mailboxCreate('Candidates');
      await hand.append('Candidates', withId('newer'));
      await hand.append('Candidates', raw);
      const after = await pullAll(before.cursor);
      expect(after.records).toHaveLength(2);
      expect(after.records.map(({ externalId }) => externalId)).toContain(before.records[0].externalId);
      expect(after.records.find(({ externalId }) => externalId === before.records[0].externalId)?.version).not.toBe(
        before.records[0].version,
      );
      session.close();
      session = own;
    });

    test('a draft is no message until it is sent', async () => {
      const { cursor } = await pullAll();
      await hand.append('INBOX', withId('draft'), ['\\Draft']);
      const during = await pullAll(cursor);
      expect(during.records).toEqual([]);
      await hand.mailboxOpen('INBOX');
      await hand.messageFlagsRemove({ header: { 'message-id': 'draft' } }, ['\\Draft']);
      expect((await pullAll(during.cursor)).payloads.map(({ messageId }) => messageId)).toEqual(['<draft@example.com>']);
    });

    test('many messages come in pages, the last ones too; the window of history leaves old ones out', async () => {
      await hand.mailboxCreate('Many');
      for (let at = 0; at < 60; at++) await hand.append('Many', withId(`many-${at}`), [], new Date(at < 10 ? '2020-01-01' : '2026-11-01'));
      const own = session;
      session = open({ folders: ['Many'] });
      expect((await pullAll()).records).toHaveLength(60);
      let [count, pages] = [0, 0];
      for (let cursor: string | undefined; ;) {
        const page = await session.pull('messages', { cursor, since: new Date('2025-01-01') });
        count += page.records.length;
        pages += 1;
        cursor = page.nextCursor;
        if (page.done) break;
      }
      expect([count, pages]).toEqual([50, 2]);
      session.close();
      session = own;
    });

    test('a message without a Message-ID is found again; one that forges an id is another message', async () => {
      const { cursor } = await pullAll();
      await hand.append('INBOX', message({ Subject: 'nameless' }));
      await hand.append('INBOX', withId('one', { Subject: 'forged' }));
      const { records } = await pullAll(cursor);
      expect(records).toHaveLength(2);
      for (const { externalId, payload } of records)
        expect(await session.fetch('messages', { externalId, parents: {} })).toMatchObject({
          state: 'found',
          record: { externalId, payload },
        });
      expect(
        new Set([...records.map(({ externalId }) => externalId), ...(await pullAll()).records.map(({ externalId }) => externalId)]).size,
      ).toBeGreaterThan(2);
    });

    test('of a huge message the beginning is read; it disturbs no other', async () => {
      await hand.mailboxCreate('Huge');
      const parts = [
        '--b',
        'Content-Type: text/plain',
        '',
        'hello',
        '--b',
        'Content-Disposition: attachment; filename="v.bin"',
        '',
        'x'.repeat(70).concat('\r\n').repeat(170_000),
        '--b--',
      ];
      await hand.append(
        'Huge',
        `${withId('huge', { 'Content-Type': 'multipart/mixed; boundary=b' }).split('\r\n\r\n')[0]}\r\n\r\n${parts.join('\r\n')}`,
      );
      await hand.append('Huge', withId('many', { To: Array.from({ length: 10_000 }, (_, at) => `a${at}@example.com`).join(',\r\n ') }));
      await hand.append('Huge', withId('neighbour'));
      const own = session;
      session = open({ folders: ['Huge'] });
      const { payloads } = await pullAll();
      expect(payloads.map(({ text, truncated, recipients }) => [text?.trim(), truncated, recipients])).toEqual([
        ['hello', true, 1],
        ['Hello', false, 10_000],
        ['Hello', false, 1],
      ]);
      expect(payloads[0].attachments).toEqual([expect.objectContaining({ filename: 'v.bin', sha256: null })]);
      session.close();
      session = own;
    });

    test('a folder that is not there is named', async () => {
      const other = open({ folders: ['Nowhere'] });
      await expect(other.pull('messages', {})).rejects.toMatchObject({
        code: 'CONFIG',
        field: 'folders',
        detail: expect.stringContaining('INBOX') as string,
      });
      other.close();
    });
  });

describeIf('dovecot', 'a mailbox that sends', () => {
  let servers: MailServers;
  const open = (settings: object = {}) =>
    openSession(imapSmtp, {
      settings: {
        imapHost: '127.0.0.1',
        imapPort: servers.imapPort,
        imapSecurity: 'none',
        smtpHost: '127.0.0.1',
        smtpPort: servers.smtpPort,
        smtpSecurity: 'none',
        address: 'hr@example.org',
        plusAddresses: true,
        subjectTags: true,
        ...settings,
      },
      tokens: memoryTokens({ username: 'hr', password: USERS.hr }),
      budget: memoryBudget(),
      egress: [`127.0.0.1:${servers.imapPort}`, `127.0.0.1:${servers.smtpPort}`],
    });
  let session: ConnectorSession;
  let ida: ImapFlow;
  beforeAll(async () => {
    servers = await startMailServers({ users: USERS, smtp: true });
    session = open();
    ida = await byHand(servers, 'ida');
    await ida.mailboxOpen('INBOX');
    await ida.mailboxClose();
    await session.pull('messages', {});
  }, 60_000);
  afterAll(async () => {
    session?.close();
    ida?.close();
    await servers?.stop();
  });
  const write = (to: string, writeId = randomUUID()) => ({
    writeId,
    changed: [],
    parents: {},
    body: { to: [to], subject: 'Your interview – Gespräch', text: 'Dear Ida 🚀', ref: 'A-00000000W' },
  });

  test('a message arrives, and is found by its write id; the answer brings the reference number back three ways', async () => {
    const sent = write('ida@example.com');
    const hr = await byHand(servers, 'hr');
    await hr.append('Sent', withId('marked'), ['\\Deleted']);
    expect(await session.find('messages', sent)).toBeUndefined();
    const { externalId } = await session.create('messages', sent);
    expect(externalId).toContain(sent.writeId);
    expect(await session.find('messages', sent)).toMatchObject({ externalId });
    expect(await session.create('messages', sent)).toMatchObject({ externalId });
    await hr.mailboxOpen('Sent');
    expect(await hr.search({ deleted: true })).toHaveLength(1);
    hr.close();
    await ida.mailboxOpen('INBOX');
    const [arrived, ...more] = await ida.fetchAll('1:*', { uid: true, headers: true, envelope: true });
    expect(more).toEqual([]);
    expect(arrived.envelope?.subject).toBe('Your interview – Gespräch [A-00000000W]');
    expect(String(arrived.headers)).toMatch(/reply-to: hr\+A-00000000W@example\.org/i);
    expect(await session.fetch('messages', { externalId, parents: {} })).toMatchObject({
      state: 'found',
      record: {
        payload: {
          direction: 'OUT',
          writeId: sent.writeId,
          refs: { certain: { application: ['A-00000000W'] } },
          text: expect.stringContaining('Dear Ida 🚀') as string,
        },
      },
    });
  });

  test('a recipient whom the server refuses leaves no trace of a message', async () => {
    const refused = write('nobody-here@example.com');
    await expect(session.create('messages', refused)).rejects.toMatchObject({ code: 'INVALID_VALUE', outcomeUnknown: false });
    const { payloads } = await everything(session);
    expect(payloads.some(({ writeId }) => writeId === refused.writeId)).toBe(false);
    await expect(session.create('messages', write('later@example.com'))).rejects.toMatchObject({ code: 'TRANSIENT' });
    await expect(session.create('messages', write('no address'))).rejects.toMatchObject({ code: 'INVALID_VALUE', field: 'to' });
  });

  test('what may have been sent is not sent again, but asked about', async () => {
    const half = write('ida@example.com');
    const hr = await byHand(servers, 'hr');
    await hr.append('Sent', withId('x').replace('<x@example.com>', `<${half.writeId}@example.org>`), ['\\Draft']);
    expect(await session.find('messages', half)).toBeUndefined();
    await expect(session.create('messages', half)).rejects.toMatchObject({
      code: 'CONFLICT',
      detail: expect.stringContaining('marked as a draft') as string,
    });
    hr.close();
  });

  test('a wrong password is AUTH, at either server', async () => {
    for (const settings of [{}, { imapPort: servers.imapPort }]) {
      const wrong = openSession(imapSmtp, {
        settings: {
          imapHost: '127.0.0.1',
          imapPort: servers.imapPort,
          imapSecurity: 'none',
          smtpHost: '127.0.0.1',
          smtpPort: servers.smtpPort,
          smtpSecurity: 'none',
          address: 'hr@example.org',
          ...settings,
        },
        tokens: memoryTokens({ username: 'hr', password: 'not-this-one' }),
        budget: memoryBudget(),
        egress: [`127.0.0.1:${servers.imapPort}`, `127.0.0.1:${servers.smtpPort}`],
      });
      await expect(wrong.check()).rejects.toMatchObject({ code: 'AUTH' });
      wrong.close();
    }
  });

  test('the checks say what the servers can', async () => {
    expect(await session.check()).toEqual([
      expect.objectContaining({ name: 'mailbox', ok: true }),
      expect.objectContaining({ name: 'changes' }),
      expect.objectContaining({ name: 'sending', ok: true }),
    ]);
  });

  test('a server that is not encrypted is only spoken to where the installation allows it', async () => {
    const guarded = openSession(imapSmtp, {
      settings: { imapHost: '127.0.0.1', imapPort: servers.imapPort, imapSecurity: 'none', address: 'hr@example.org' },
      tokens: memoryTokens({ username: 'hr', password: USERS.hr }),
      budget: memoryBudget(),
      egress: [],
    });
    await expect(guarded.pull('messages', {})).rejects.toMatchObject({ code: 'CONFIG' });
    guarded.close();
  });
});

async function everything(session: ConnectorSession) {
  const payloads: MailPayload[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await session.pull('messages', { cursor });
    payloads.push(...page.records.map(({ payload }) => payload as MailPayload));
    cursor = page.nextCursor;
    if (page.done) return { payloads };
  }
}
