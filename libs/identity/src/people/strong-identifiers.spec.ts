import { emailIdentifiers, strongIdentifiers } from './strong-identifiers.js';

const canonical = (values: Parameters<typeof strongIdentifiers>[0]): string[] =>
  strongIdentifiers(values).map((one) => `${one.kind} ${one.canonical}`);

describe('strong identifiers', () => {
  it('are equal for every spelling of one address, profile and number', () => {
    const one = canonical({
      lastName: 'Müller',
      emails: [{ value: 'Max.Mueller+jobs@gmail.com' }],
      social: [{ url: 'https://www.linkedin.com/in/max-m/?x=1' }],
      phones: [{ e164: '+49 151 12345678' }],
    });
    const other = canonical({
      displayName: 'Max Müller',
      emails: ['maxmueller@googlemail.com'],
      social: [{ url: 'http://de.linkedin.com/in/max-m' }],
      phones: [{ e164: '+4915112345678' }],
    });
    expect(one).toEqual(other);
    expect(one).toHaveLength(3);
  });

  it('take a number for a person only together with the family name', () => {
    expect(canonical({ firstName: 'Max', phones: [{ e164: '+4915112345678' }] })).toEqual([]);
    expect(canonical({ lastName: 'A', phones: [{ e164: '+4915112345678' }] })).not.toEqual(
      canonical({ lastName: 'B', phones: [{ e164: '+4915112345678' }] }),
    );
  });

  it('are none where an address is a placeholder, a role or a relay, or a value is no text', () => {
    expect(
      canonical({
        lastName: 'A',
        emails: [{ value: 'noreply@post.example' }, { value: 'jobs@post.example' }, { value: null }],
        phones: null,
      }),
    ).toEqual([]);
  });

  it('are found in a text of any depth', () => {
    expect(emailIdentifiers([{ from: 'Ada <Ada.L+x@post.example>' }, ['jörg@häuser.example'], 'no@', 5])).toEqual([
      'ada.l@post.example',
      'jörg@xn--huser-gra.example',
    ]);
    expect(emailIdentifiers(null)).toEqual([]);
  });
});
