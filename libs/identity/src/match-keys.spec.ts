import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { isPlaceholderEmail } from './is-placeholder-email.js';
import { keyedHash } from './keyed-hash.js';
import { KEY_KINDS, matchKeys } from './match-keys.js';
import { normaliseEmail } from './normalise-email.js';

const secret = Buffer.from('a tenant secret of thirty-two by');
const emails = (...values: string[]) => ({ emails: values.map((value) => ({ value })) });
const kindsOf = (values: Parameters<typeof matchKeys>[1]) => matchKeys('candidate', values, secret).map(({ kind }) => kind);

describe('normaliseEmail', () => {
  it.each([
    [' Ann.Lee@Mail.COM ', 'ann.lee@mail.com'],
    ['mailto:ann@mail.com', 'ann@mail.com'],
    ['ann+jobs@mail.com', 'ann+jobs@mail.com'],
    ['ann@bücher.de', 'ann@xn--bcher-kva.de'],
    ['ann', ''],
    ['ann@mail', ''],
    ['a@b@c.com', ''],
    ['Ann <ann@mail.com>', ''],
    ['', ''],
  ])('%s → %s', (text, expected) => expect(normaliseEmail(text)).toBe(expected));
});

describe('isPlaceholderEmail', () => {
  it.each([
    'noreply@acme.com',
    'no-reply@acme.com',
    'no.reply@acme.com',
    'do_not_reply@acme.com',
    'noreply-42@acme.com',
    'mailer-daemon@acme.com',
    'info@acme.com',
    'jobs+7@acme.com',
    'hr@acme.com',
    'x@example.invalid',
    'x@acme.invalid',
    '8a7f@reply.craigslist.org',
    'ann_x2@indeedemail.com',
    'ann@users.noreply.github.com',
  ])('%s names nobody', (address) => expect(isPlaceholderEmail(address)).toBe(true));
  it.each([
    'ann@acme.com',
    'hrvoje@acme.com',
    'infante@acme.com',
    'ann@contest.com',
    'ann@myexample.com',
    'norepl@acme.com',
    'ann.lee@example.com',
    'ann@sandbox.test',
  ])('%s names somebody', (address) => expect(isPlaceholderEmail(address)).toBe(false));
});

describe('keyedHash', () => {
  it('is HMAC-SHA256, its first eight bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 200 }), fc.string({ unit: 'binary' }), (bytes, text) => {
        const key = Buffer.from(bytes);
        return keyedHash(key, text) === createHmac('sha256', key).update(text).digest().readBigInt64BE(0);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('matchKeys', () => {
  it('keys every e-mail of a candidate once, whatever its spelling', () => {
    const keys = matchKeys('candidate', emails('ann@mail.com', 'ANN@mail.com ', 'ann@work.com'), secret);
    expect(keys.map(({ kind }) => kind)).toEqual([KEY_KINDS.email, KEY_KINDS.email]);
    expect(keys[0]).toEqual(matchKeys('candidate', { emails: ['Ann@Mail.com'] }, secret)[0]);
  });
  it('gives placeholders no key', () => expect(kindsOf(emails('noreply@acme.com', 'x@example.invalid', 'ann'))).toEqual([]));
  it('tells kinds, tenants and values apart', () => {
    const job = matchKeys('job', { requisitionCode: ' REQ-7 ' }, secret);
    expect(job).toEqual(matchKeys('job', { requisitionCode: 'req-7' }, secret));
    expect(job).not.toEqual(matchKeys('job', { requisitionCode: 'req-7' }, Buffer.from('another tenant')));
    expect(job[0].hash).not.toBe(matchKeys('interview', { calendarUid: 'req-7' }, secret)[0].hash);
  });
  it('compares a calendar uid byte for byte', () => {
    const uid = (calendarUid: string) => matchKeys('interview', { calendarUid }, secret)[0].hash;
    expect(uid('ABC@host')).not.toBe(uid('abc@host'));
  });
  it('reads a domain out of an address of the web, but not an open mail domain', () => {
    expect(matchKeys('client', { domain: 'https://www.Acme.com/about' }, secret)).toEqual(
      matchKeys('client', { domain: 'acme.com' }, secret),
    );
    expect(matchKeys('client', { domain: 'gmail.com' }, secret)).toEqual([]);
  });
  it('has nothing to say about what is absent, cleared or of another object', () => {
    expect(matchKeys('candidate', { emails: null, lastName: null }, secret)).toEqual([]);
    expect(matchKeys('application', { calendarUid: 'x' }, secret)).toEqual([]);
  });
});
