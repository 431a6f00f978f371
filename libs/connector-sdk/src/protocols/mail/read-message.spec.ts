import { mintRef } from '#hub/canonical';
import { baseSubjectOf } from './read-headers.js';
import { messageIdIn, messageKey } from './message-key.js';
import { readMessage } from './read-message.js';

const READER = { own: new Set(['hr@example.org']), sentFolder: 'Sent' };
const ARRIVED = new Date('2026-12-01T09:00:00Z');
const REF = mintRef('A');
const OTHER = mintRef('J');
const read = (source: string | Buffer, more: object = {}) => {
  const bytes = Buffer.isBuffer(source) ? source : Buffer.from(source.replace(/\n/g, '\r\n'), 'utf8');
  return readMessage({ source: bytes, size: bytes.length, receivedAt: ARRIVED, mailbox: 'INBOX', uidValidity: 1, uid: 7, ...more }, READER);
};
const mail = (headers: string, body = 'Hello') =>
  `Message-ID: <1@x.example>\nFrom: Ida <Ida@X.example>\nTo: hr@example.org\nDate: Tue, 01 Dec 2026 10:00:00 +0100\n${headers}\n${body}\n`;

describe('what a message says', () => {
  test('people, times and the conversation', async () => {
    const { payload } = await read(
      mail('Subject: =?utf-8?Q?Re:_Gespr=C3=A4ch?=\nIn-Reply-To: <0@x.example>\nReferences: <a@x.example> <0@x.example>\n'),
    );
    expect(payload).toMatchObject({
      messageId: '<1@x.example>',
      inReplyTo: '<0@x.example>',
      references: ['<a@x.example>', '<0@x.example>'],
      threadKey: '<a@x.example>',
      sentAt: '2026-12-01T09:00:00.000Z',
      direction: 'IN',
      kind: 'message',
      from: { address: 'ida@x.example', name: 'Ida' },
      people: ['ida@x.example'],
      subject: 'Re: Gespräch',
      baseSubject: 'gespräch',
      text: 'Hello\n',
      defects: [],
    });
  });

  test('what lies among the sent ones, or is from an address of the owner, went out', async () => {
    expect((await read(mail('X: 1\n'), { mailbox: 'Sent' })).payload).toMatchObject({ direction: 'OUT', people: [] });
    const { payload } = await read('From: HR@example.org\nTo: a@x.example, HR@example.org\nCc: Team: b@x.example, c@x.example;\n\nHi\n');
    expect(payload).toMatchObject({ direction: 'OUT', people: ['a@x.example', 'b@x.example', 'c@x.example'] });
  });

  test.each([
    ['an out-of-office note', 'Auto-Submitted: auto-replied\n', 'auto-reply'],
    ['one of an old server', 'Precedence: auto_reply\n', 'auto-reply'],
    ['a newsletter', 'List-Id: <news.x.example>\nPrecedence: bulk\n', 'list'],
    ['a machine', 'Auto-Submitted: auto-generated\n', 'notification'],
    ['a person', 'Auto-Submitted: no\n', 'message'],
    ['a person who writes about automatic replies', 'Subject: Out of office: Undeliverable\n', 'message'],
  ])('%s is told by its headers', async (_, headers, kind) => expect((await read(mail(headers))).payload.kind).toBe(kind));

  test('a delivery report names whom the message did not reach, and which one it was', async () => {
    const report = mail('Content-Type: multipart/report; report-type=delivery-status; boundary=b\nAuto-Submitted: auto-replied\n', [
      '--b', 'Content-Type: text/plain', '', 'It failed.',
      '--b', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.x.example', 'Original-Envelope-Id: e1', '', 'Final-Recipient: rfc822; Ada@x.example', 'Action: failed', 'Status: 5.1.1', '',
      '--b', 'Content-Type: message/rfc822', '', 'Message-ID: <lost@example.org>', 'Subject: Hi', '', 'text', '--b--',
    ].join('\n')); // prettier-ignore
    expect((await read(report)).payload).toMatchObject({
      kind: 'bounce',
      people: ['ada@x.example'],
      bounce: {
        messageId: '<lost@example.org>',
        envelopeId: 'e1',
        recipients: [{ address: 'Ada@x.example', action: 'failed', status: '5.1.1' }],
      },
    });
  });

  test('attachments are measured and fingerprinted; an invitation is a calendar, not a file', async () => {
    const parts = mail('Content-Type: multipart/mixed; boundary=b\n', [
      '--b', 'Content-Type: text/plain; charset=iso-8859-1', 'Content-Transfer-Encoding: quoted-printable', '', 'Gr=FC=DFe',
      '--b', 'Content-Type: application/pdf; name="cv.pdf"', 'Content-Disposition: attachment; filename="cv.pdf"', 'Content-Transfer-Encoding: base64', '', 'aGVsbG8=',
      '--b', 'Content-Type: text/calendar; method=REQUEST', '', 'BEGIN:VCALENDAR', '--b--',
    ].join('\n')); // prettier-ignore
    expect((await read(parts)).payload).toMatchObject({
      text: 'Grüße\n',
      attachments: [
        {
          filename: 'cv.pdf',
          mime: 'application/pdf',
          size: 5,
          sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
        },
      ],
      calendars: [expect.stringContaining('BEGIN:VCALENDAR') as string],
    });
  });
});

describe('reference numbers', () => {
  test.each([
    ['a header', `X-Tributary-Ref: ${REF}\n`],
    ['the address', `Delivered-To: hr+${REF}@example.org\n`],
    ['what is answered', `In-Reply-To: <00000000-0000-4000-8000-000000000000.${REF}@example.org>\n`],
  ])('%s carries one for certain', async (_, header) => {
    expect((await read(mail(header))).payload.refs).toEqual({
      certain: { application: [REF], candidate: [], job: [] },
      mentioned: { application: [], candidate: [], job: [] },
    });
  });
  test('a subject mentions one; a wrong check character is none', async () => {
    expect((await read(mail(`Subject: Re: [${REF}] and ${OTHER}\n`))).payload.refs).toMatchObject({
      certain: { application: [] },
      mentioned: { application: [REF], job: [OTHER] },
    });
    const wrong = `${REF.slice(0, -1)}${REF.endsWith('7') ? '8' : '7'}`;
    expect((await read(mail(`Subject: ${wrong}\nX-Tributary-Ref: ${wrong}\n`))).payload.refs).toMatchObject({
      certain: { application: [] },
      mentioned: { application: [] },
    });
  });
  test.each([
    ['Re: AW: [list] Fwd: Interview', 'interview'],
    [`RE[2]: Interview [${REF}]`, 'interview'],
    ['Interview', 'interview'],
  ])('%s is the same conversation', (subject, base) => expect(baseSubjectOf(subject)).toBe(base));
});

describe('what a message is known by', () => {
  test('its id and what a forger would have to repeat; not the way that it took', () => {
    const one = Buffer.from(mail('Subject: A\n'));
    const relayed = Buffer.from(`Received: from x\r\n${mail('Subject: A\n').replace(/\n/g, '\r\n')}`);
    expect(messageKey(relayed)).toEqual(messageKey(one));
    const long = mail('Subject: A\n', 'line\n'.repeat(5_000));
    expect(messageKey(Buffer.from(long.replace(/\n/g, '\r\n')))).toEqual(messageKey(Buffer.from(long)));
    expect(messageKey(Buffer.from(mail('Subject: B\n'))).key).not.toBe(messageKey(one).key);
    expect(messageKey(Buffer.from(mail('Subject: A\n', 'Forged'))).key).not.toBe(messageKey(one).key);
    expect(messageIdIn(messageKey(one).key)).toBe('<1@x.example>');
    expect(messageIdIn(messageKey(Buffer.from('From: a@x\n\nx')).key)).toBeUndefined();
  });
});

describe('hostile mail', () => {
  const nested = (depth: number) => {
    let body = 'Content-Type: text/plain\n\ndeep\n';
    for (let at = 0; at < depth; at++) body = `Content-Type: multipart/mixed; boundary=b${at}\n\n--b${at}\n${body}\n--b${at}--\n`;
    return mail(body.slice(0, body.indexOf('\n\n') + 1), body.slice(body.indexOf('\n\n') + 1));
  };
  test.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['noise', Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7919) % 256))],
    ['no end of headers', 'Subject: x\nFrom'],
    ['1,000 parts within parts', nested(1_000)],
    ['a boundary that never comes', mail('Content-Type: multipart/mixed; boundary=b\n', 'no boundary')],
    ['a charset that does not exist', mail('Content-Type: text/plain; charset=x-unheard-of\n')],
    ['base64 that is none', mail('Content-Type: text/plain\nContent-Transfer-Encoding: base64\n', '%%%=')],
    ['3 MB of one header', mail(`X-Long: ${'a'.repeat(3_000_000)}\n`)],
    ['100,000 references', mail(`References: ${'<a@b>'.repeat(100_000)}\n`)],
    ['a date of the year 99999', mail('X: 1\n').replace('2026', '99999')],
    ['NUL and halves of characters', Buffer.from(`Message-ID: <1@x>\r\nSubject: a\0b\r\n\r\n\xed\xa0\x80 \0\r\n`, 'latin1')],
    ['a subject of marks', mail(`Subject: ${'Re: '.repeat(20_000)}\n`)],
  ])('%s is read, and named', async (_, source) => {
    const started = Date.now();
    const { key, payload } = await read(source);
    expect(key.length).toBeLessThan(1_000);
    expect(JSON.stringify(payload)).not.toMatch(/\\u0000|\\ud[89a-f]/);
    expect(Date.parse(payload.sentAt)).not.toBeNaN();
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test('10,000 recipients are counted; nobody of them is meant in particular', async () => {
    const { payload } = await read(
      mail('X: 1\n').replace('hr@example.org', Array.from({ length: 10_000 }, (_, at) => `a${at}@x.example`).join(',\n ')),
      { mailbox: 'Sent' },
    );
    expect([payload.recipients, payload.to.length, payload.people]).toEqual([10_000, 500, []]);
  });

  test('of one that is larger than what is read, the beginning is; the server says what was attached', async () => {
    const { payload } = await read(mail('Subject: big\n'), {
      size: 50_000_000,
      cut: true,
      parts: [{ filename: 'video.mp4', mime: 'video/mp4', size: 49_000_000 }],
    });
    expect(payload).toMatchObject({
      truncated: true,
      subject: 'big',
      attachments: [{ filename: 'video.mp4', size: 49_000_000, sha256: null }],
    });
  });

  test('mixed charsets are each read as they say', async () => {
    const jis = Buffer.from([0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42]);
    const source = Buffer.concat([
      Buffer.from('Subject: =?windows-1251?B?z/Do4uXy?=\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n'),
      jis,
    ]);
    expect((await read(source)).payload).toMatchObject({ subject: 'Привет', text: expect.stringContaining('日本') as string });
  });
});
