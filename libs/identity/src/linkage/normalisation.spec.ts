import { canonicalEmail } from './emails.js';
import { FIELD_KINDS } from './field-kinds.js';
import { foldText } from './fold-text.js';
import { areNicknames, areOneAbroad, givenNameFamily } from './nicknames.js';
import { splitName, takeGeneration } from './split-name.js';

describe('foldText', () => {
  it.each([
    ['Ólafur', 'olafur'],
    ['Сергей', 'sergey'],
    ['Ελένη', 'eleni'],
    ["O'Brien", 'obrien'],
    ['Łukasz', 'lukasz'],
    ['Nguyễn  Văn-An', 'nguyen van an'],
    ['Ｓｍｉｔｈ', 'smith'],
    ['  ', ''],
  ])('%s is %s', (text, expected) => expect(foldText(text)).toBe(expected));
});

describe('splitName', () => {
  it.each([
    ['Ann Lee', ['Ann', 'Lee']],
    ['Lee, Ann', ['Ann', 'Lee']],
    ['Ludwig van der Rohe', ['Ludwig', 'van der Rohe']],
    ['Dr. Maria Anna Costa', ['Maria Anna', 'Costa']],
    ['Ann Lee, PhD', ['Ann', 'Lee']],
    ['Björk', ['Björk', '']],
    ['de la Cruz', ['de', 'la Cruz']],
  ])('%s', (text, parts) => expect(splitName(text)).toEqual(parts));
  it('takes the generation from behind a name', () => {
    expect(takeGeneration('John Smith, Jr.')).toEqual({ name: 'John Smith', generation: 'jr' });
    expect(takeGeneration('Henry VIII')).toEqual({ name: 'Henry VIII', generation: '' });
    expect(takeGeneration('Pius III')).toEqual({ name: 'Pius', generation: 'iii' });
  });
});

describe('canonicalEmail', () => {
  it.each([
    ['Ann.Lee+jobs@GoogleMail.com', 'annlee@gmail.com'],
    ['ann.lee+jobs@example.org', 'ann.lee@example.org'],
    ['jobs@acme.com', ''],
    ['x81723@indeedemail.com', ''],
    ['not an address', ''],
  ])('%s is found as "%s"', (text, expected) => expect(canonicalEmail(text)).toBe(expected));
});

describe('nicknames', () => {
  const are = (a: string, b: string) => areNicknames(givenNameFamily(a), givenNameFamily(b));
  it('join short forms with their name and with each other, from both sides', () => {
    for (const [a, b] of [
      ['bill', 'william'],
      ['bob', 'robert'],
      ['bob', 'rob'],
      ['liz', 'elizabeth'],
    ]) {
      expect(are(a, b)).toBe(true);
      expect(are(b, a)).toBe(true);
    }
  });
  it('join what other languages call short or spell differently, apart from the English ones', () => {
    const abroad = (a: string, b: string) => areOneAbroad(givenNameFamily(a), givenNameFamily(b));
    for (const [a, b] of [
      ['sasha', 'alexander'],
      ['katya', 'ekaterina'],
      ['pepe', 'jose'],
      ['youssef', 'yusuf'],
    ]) {
      expect([are(a, b), are(b, a)]).toEqual([true, true]);
      expect([abroad(a, b), abroad(b, a)]).toEqual([true, true]);
    }
    expect(abroad('bill', 'william')).toBe(false);
    expect(are('sasha', 'katya')).toBe(false);
  });
  it('do not join two names because a third is short for both', () => {
    expect(are('john', 'william')).toBe(false);
    expect(are('zzz', 'zzz')).toBe(false);
  });
});

describe('kinds of fields', () => {
  it.each([
    ['phone', '+44 20 7946 0958', '+442079460958'],
    ['phone', '12', ''],
    ['birthDate', '1990-02-31', '19900231'],
    ['birthDate', '1990', '1990'],
    ['birthDate', '19900203', '19900203'],
    ['birthDate', '1990-2', '199002'],
    ['birthDate', '1990-02-03T00:00:00Z', '19900203'],
    ['birthDate', '2/13/1990', '19900213'],
    ['birthDate', '13/2/1990', '19900213'],
    ['birthDate', '3.2.1990', '19900203'],
    ['birthDate', 'yesterday', ''],
    ['profileUrl', 'https://www.LinkedIn.com/in/Ann-Lee-1/?x=1', 'linkedin.com/ann-lee-1'],
    ['profileUrl', 'github.com/annlee', 'github.com/annlee'],
    ['employer', 'Acme GmbH', 'acme'],
    ['employer', 'SE', 'se'],
    ['postalCode', 'SW1A 1AA', 'sw1a1aa'],
  ] as const)('%s: %s is kept as "%s"', (kind, text, expected) => expect(FIELD_KINDS[kind].normalise(text)).toBe(expected));
});
