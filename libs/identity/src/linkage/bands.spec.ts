import { DatasetBuilder } from './dataset.js';
import { Gate } from './bands.js';
import { PairComparer } from './comparisons.js';

const ANN = { given: 'Ann', family: 'Lee', email: 'ann.lee42@example.org', phone: '+442079460958', born: '1990-01-02', profile: '' };
type Person = Partial<typeof ANN>;

/** What stands against a merge of two people without a person's word. */
function objection(one: Person, other: Person, more: Person[] = []): string | undefined {
  const builder = new DatasetBuilder({
    given: 'givenName',
    family: 'familyName',
    email: 'email',
    phone: 'phone',
    born: 'birthDate',
    profile: 'profileUrl',
  });
  for (const person of [one, other, ...more]) builder.add(person);
  const dataset = builder.build({ within: true });
  const comparer = new PairComparer(dataset);
  const gate = new Gate(dataset, comparer);
  comparer.compare(0, 1);
  return gate.objection(0, 1);
}

describe('Gate', () => {
  it('lets the same person pass: by address, by profile, by phone with the date of birth', () => {
    expect(objection(ANN, ANN)).toBeUndefined();
    expect(objection({ ...ANN, phone: '' }, { ...ANN, given: 'Anne', phone: '+442079460000' })).toBeUndefined();
    const profile = 'https://linkedin.com/in/ann-lee-9';
    expect(objection({ ...ANN, profile, email: '' }, { ...ANN, profile, phone: '' })).toBeUndefined();
    expect(objection({ ...ANN, email: '' }, ANN)).toBeUndefined();
    expect(objection(ANN, { ...ANN, given: 'Lee', family: 'Ann' })).toBeUndefined();
  });
  it.each([
    ['a couple with one mailbox', { given: 'Bob' }, /given names/],
    ['an initial', { given: 'A.' }, /initial/],
    ['a name that is the same in another language only', { given: 'Anya' }, /some language only/],
    ['a changed family name', { family: 'Okafor' }, /family names/],
    ['father and son', { born: '1960-05-06' }, /dates of birth/],
    ['a date of birth that is one digit off', { born: '1980-01-02' }, /dates of birth/],
    ['a son who is called so', { family: 'Lee Jr.' }, /younger/],
    ['another address on the same phone', { email: 'ann.lee77@example.org' }, /email differs/],
    ['half a swap', { given: 'Lee', family: 'Okafor' }, /place/],
  ])('asks a person about %s', (_, other: Person, reason) => {
    expect(objection(ANN, { ...ANN, ...other })).toMatch(reason);
  });
  it('asks a person where a phone is all there is, where nothing is, and where others hold the address too', () => {
    expect(objection({ ...ANN, email: '', born: '' }, ANN)).toMatch(/phone alone/);
    expect(objection({ ...ANN, email: '', phone: '' }, ANN)).toMatch(/no identifier/);
    expect(objection(ANN, { ...ANN, phone: '' }, [{ ...ANN, given: 'Vladimir', family: 'Petrov', phone: '' }])).toMatch(/no identifier/);
  });
});
