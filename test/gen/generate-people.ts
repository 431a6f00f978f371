import { seededRandom, type FieldMap } from '#hub/identity';
import { CITIES, EMPLOYERS, EMPLOYER_FORMS, FAMILY_NAMES, GIVEN_NAMES, MAIL_DOMAINS, STREETS, STREET_KINDS } from './name-lists.js';

export const PEOPLE_COLUMNS = [
  'record_id',
  'person_id',
  'source',
  'trap',
  'first_name',
  'last_name',
  'email',
  'phone',
  'birth_date',
  'street_number',
  'street',
  'city',
  'postal_code',
  'employer',
  'profile',
] as const;
export type PeopleRow = Record<(typeof PEOPLE_COLUMNS)[number], string>;
/** What the columns hold, for a matcher that does not see the truth. */
export const PEOPLE_MAP: FieldMap = {
  record_id: 'id',
  first_name: 'givenName',
  last_name: 'familyName',
  email: 'email',
  phone: 'phone',
  birth_date: 'birthDate',
  street_number: 'streetNumber',
  street: 'street',
  city: 'city',
  postal_code: 'postalCode',
  employer: 'employer',
  profile: 'profileUrl',
};

export function csvLineOf(row: PeopleRow): string {
  return PEOPLE_COLUMNS.map((column) => quoted(row[column])).join(',');
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

interface Person {
  id: number;
  given: string[];
  family: string;
  formerFamily?: string;
  emails: string[];
  phones: string[];
  birthDate: string;
  streetNumber: string;
  street: string;
  city: string;
  postalCode: string;
  employer: string;
  profile: string;
  suffix?: string;
}
export interface PeopleOptions {
  records: number;
  seed: number;
  /** Pairs of different people who look alike; each adds two records. */
  traps?: number;
}

/** What each tool keeps of a candidate: the share of its records that hold a field. */
const SOURCES = {
  ats: { email: 0.97, phone: 0.85, birthDate: 0.15, address: 0.5, employer: 0.7, profile: 0.5 },
  jobboard: { email: 0.95, phone: 0.8, birthDate: 0.2, address: 0.4, employer: 0.6, profile: 0.2 },
  crm: { email: 0.9, phone: 0.65, birthDate: 0, address: 0.2, employer: 0.85, profile: 0.8 },
  payroll: { email: 0.8, phone: 0.8, birthDate: 0.98, address: 0.97, employer: 0, profile: 0 },
  assessment: { email: 1, phone: 0.1, birthDate: 0, address: 0, employer: 0, profile: 0 },
} as const;
type Source = keyof typeof SOURCES;
const SOURCE_NAMES = Object.keys(SOURCES) as Source[];
const TRAPS = ['twins', 'father and son', 'couple', 'namesake', 'recycled phone', 'agency', 'colleagues', 'siblings'] as const;

/**
 * Records of people as recruiting tools keep them, each tool in its own way; the same for the same seed. Nicknames, swapped names,
 * transliterations, names after marriage, relay addresses, shared mailboxes of families and agencies, recycled phones and typing
 * errors; and, as `traps`, pairs of different people who look alike.
 */
export function* generatePeople({ records, seed, traps = 0 }: PeopleOptions): Generator<PeopleRow> {
  const town = new Town(seed);
  let made = 0;
  let record = 0;
  const numbered = (row: Omit<PeopleRow, 'record_id'>): PeopleRow => ({ record_id: String(record++), ...row });
  for (let trap = 0; trap < traps; trap++) {
    const kind = TRAPS[trap % TRAPS.length];
    for (const person of town.trap(kind))
      yield numbered(town.record(person, { source: town.pick(['ats', 'jobboard', 'payroll'] as const), trap: kind }));
  }
  while (made < records) {
    for (const person of town.household()) {
      const copies = town.copies();
      const sources = town.shuffled(SOURCE_NAMES);
      for (let copy = 0; copy < copies && made < records; copy++, made++)
        yield numbered(town.record(person, { source: sources[copy], trap: '' }));
    }
  }
}

class Town {
  private readonly random: () => number;
  private people = 0;
  /** Nobody gets an address that another has. */
  private readonly mailboxes = new Set<string>();
  private agencies: string[];

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.agencies = Array.from({ length: 40 }, (_, at) => `${this.word()}@${this.word()}-talent${at}.com`);
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)];
  }
  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((item) => ({ item, rank: this.random() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  }
  copies(): number {
    const drawn = this.random();
    return drawn < 0.45 ? 1 : drawn < 0.75 ? 2 : drawn < 0.92 ? 3 : 4;
  }
  private chance(share: number): boolean {
    return this.random() < share;
  }
  /** Mostly the first. */
  private usual<T>(list: readonly T[]): T {
    return this.chance(0.8) ? list[0] : this.pick(list);
  }
  private number(below: number): number {
    return Math.floor(this.random() * below);
  }
  private digits(count: number): string {
    return Array.from({ length: count }, () => this.number(10)).join('');
  }
  private word(): string {
    const syllables =
      'ba be bo da de di fa fe go ha ka ke ko la le li lo ma me mi na ne no pa po ra re ro sa se ta te to va vi wo za zo'.split(' ');
    return Array.from({ length: 2 + this.number(2) }, () => this.pick(syllables)).join('');
  }
  /** Zipf over the common names; the long tail is made up. */
  private familyName(): string {
    if (this.chance(0.45)) {
      const word = this.word() + this.pick(['n', 'r', 's', 'ski', 'man', 'berg', 'ley', 'ton', 'ez', 'ini']);
      return word[0].toUpperCase() + word.slice(1);
    }
    return FAMILY_NAMES[Math.floor(FAMILY_NAMES.length ** this.random()) - 1];
  }
  private birthDate(from = 1955, to = 2004): string {
    const pad = (value: number) => String(value).padStart(2, '0');
    return `${from + this.number(to - from)}-${pad(1 + this.number(12))}-${pad(1 + this.number(28))}`;
  }
  private phone(): string {
    return `+44 7${this.digits(3)} ${this.digits(6)}`;
  }
  private email({ given, family, born }: { given: string; family: string; born: string }): string {
    const [first, last] = [plain(given), plain(family)];
    const local = this.pick([
      `${first}.${last}`,
      `${first}${last}`,
      `${first[0]}.${last}`,
      `${first}.${last}${born.slice(2, 4)}`,
      `${last}.${first}`,
      `${first}${this.digits(3)}`,
    ]);
    for (let number = this.chance(0.6) ? String(this.number(9999)) : ''; ; number += this.digits(1)) {
      const address = `${local}${number}@${this.pick(MAIL_DOMAINS)}`;
      const mailbox = address.replace(/\.(?=.*@)/g, '');
      if (this.mailboxes.has(mailbox)) continue;
      this.mailboxes.add(mailbox);
      return address;
    }
  }

  person(base: Partial<Person> = {}): Person {
    const given = base.given ?? this.pick(GIVEN_NAMES);
    const family = base.family ?? this.familyName();
    const birthDate = base.birthDate ?? this.birthDate();
    const own = {
      given,
      family,
      formerFamily: this.chance(0.04) ? this.familyName() : undefined,
      emails: [
        this.email({ given: given[0], family, born: birthDate }),
        ...(this.chance(0.25) ? [this.email({ given: given[0], family, born: birthDate })] : []),
      ],
      phones: [this.phone(), ...(this.chance(0.2) ? [this.phone()] : [])],
      birthDate,
      streetNumber: String(1 + this.number(220)),
      street: `${this.pick(STREETS)}${this.chance(0.5) ? ` ${this.word()}` : ''} ${this.pick(STREET_KINDS)}`,
      city: this.pick(CITIES),
      postalCode: this.digits(5),
      employer: `${this.pick(EMPLOYERS)}${this.pick(EMPLOYER_FORMS)}`,
      profile: `https://www.linkedin.com/in/${plain(given[0])}-${plain(family)}-${this.digits(6)}`,
    };
    const said = Object.fromEntries(Object.entries(base).filter(([, value]) => value !== undefined));
    return { ...own, ...said, id: this.people++ };
  }

  /** Who lives at one address: mostly one person, sometimes a family with a mailbox or a phone in common. */
  household(): Person[] {
    const head = this.person();
    if (this.chance(0.01)) head.emails = [this.pick(this.agencies)];
    if (!this.chance(0.06)) return [head];
    const { family, streetNumber, street, city, postalCode } = head;
    const home = { family, streetNumber, street, city, postalCode };
    const kind = this.random();
    const other = this.person(
      kind < 0.25
        ? { ...home, birthDate: head.birthDate }
        : kind < 0.45
          ? { ...home, given: head.given, birthDate: this.birthDate(1955, 1970), suffix: undefined }
          : home,
    );
    if (kind >= 0.25 && kind < 0.45) head.birthDate = this.birthDate(1985, 2004);
    const namesakes = other.given === head.given;
    if (!namesakes && this.chance(0.3)) other.emails = head.emails;
    if (this.chance(0.5)) other.phones = head.phones;
    return [head, other];
  }

  /** Two people who look alike, with at least one fact that tells them apart in every record. */
  trap(kind: (typeof TRAPS)[number]): Person[] {
    const one = this.person({ formerFamily: undefined });
    const { family, streetNumber, street, city, postalCode, phones, emails, birthDate, given, employer } = one;
    const home = { family, streetNumber, street, city, postalCode };
    const another = () => this.pick(GIVEN_NAMES.filter((names) => !names.some((name) => given.includes(name))));
    switch (kind) {
      case 'twins':
        return [
          one,
          this.person({
            ...home,
            given: another(),
            birthDate,
            phones,
            emails: this.chance(0.5) ? emails : undefined,
            formerFamily: undefined,
          }),
        ];
      case 'father and son':
        return [
          { ...one, birthDate: this.birthDate(1950, 1965) },
          this.person({ ...home, given, phones, birthDate: this.birthDate(1985, 2000), formerFamily: undefined }),
        ];
      case 'couple':
        return [one, this.person({ ...home, given: another(), emails, phones, formerFamily: undefined })];
      case 'siblings':
        return [one, this.person({ ...home, given: another(), emails, formerFamily: undefined })];
      case 'namesake':
        return [one, this.person({ given, family, city, formerFamily: undefined })];
      case 'recycled phone':
        return [one, this.person({ phones, city, formerFamily: undefined })];
      case 'agency':
        return [one, this.person({ given: another(), emails, employer, formerFamily: undefined })];
      case 'colleagues':
        return [one, this.person({ given: another(), employer, phones, city, formerFamily: undefined })];
    }
  }

  record(person: Person, { source, trap }: { source: Source; trap: string }): Omit<PeopleRow, 'record_id'> {
    const keeps = SOURCES[source];
    const careful = trap !== '';
    const has = (share: number) => this.chance(careful ? 0.5 + share / 2 : share);
    const errs = (share: number) => !careful && this.chance(share);
    let given = careful ? person.given[0] : this.chance(0.3) ? this.pick(person.given) : person.given[0];
    let family = person.formerFamily !== undefined && this.chance(0.5) ? person.formerFamily : person.family;
    if (errs(0.15)) family = spelledPlainly(family);
    if (errs(0.15)) given = spelledPlainly(given);
    if (errs(0.02)) given = `${given[0]}.`;
    if (errs(0.04)) given = this.typo(given);
    if (errs(0.04)) family = this.typo(family);
    if (errs(0.02)) [given, family] = [family, given];
    if (errs(0.01)) family = '';
    let email = has(keeps.email) ? this.usual(person.emails) : '';
    if (source === 'jobboard' && errs(0.08)) email = `${this.word()}${this.digits(6)}_${this.word()}@indeedemail.com`;
    else if (email !== '' && errs(0.03)) email = email.replace('@', `+${this.pick(['jobs', 'cv', 'work'])}@`);
    else if (email !== '' && errs(0.02)) email = this.typo(email);
    let phone = has(keeps.phone) ? this.usual(person.phones) : '';
    if (phone !== '' && errs(0.3)) phone = phone.replaceAll(' ', '');
    else if (phone !== '' && errs(0.15)) phone = `0${phone.slice(4).replaceAll(' ', '')}`;
    const address = has(keeps.address);
    const birthDate = trap === 'father and son' || has(keeps.birthDate) ? person.birthDate : '';
    return {
      person_id: String(person.id),
      source,
      trap,
      first_name: given,
      last_name: family,
      email,
      phone,
      birth_date: birthDate !== '' && errs(0.02) ? this.typo(birthDate) : birthDate,
      street_number: address ? person.streetNumber : '',
      street: address ? (errs(0.1) ? this.typo(person.street) : person.street) : '',
      city: address ? person.city : has(0.4) ? person.city : '',
      postal_code: address ? (errs(0.05) ? this.typo(person.postalCode) : person.postalCode) : '',
      employer: has(keeps.employer) ? (errs(0.25) ? `${this.pick(EMPLOYERS)}${this.pick(EMPLOYER_FORMS)}` : person.employer) : '',
      profile: has(keeps.profile) ? person.profile : '',
    };
  }

  private typo(text: string): string {
    if (text.length < 3) return text;
    const at = 1 + this.number(text.length - 2);
    const drawn = this.random();
    if (drawn < 0.3) return text.slice(0, at) + text.slice(at + 1);
    if (drawn < 0.6) return text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
    const letter = /\d/.test(text[at]) ? String(this.number(10)) : String.fromCharCode(97 + this.number(26));
    return drawn < 0.8 ? text.slice(0, at) + letter + text.slice(at + 1) : text.slice(0, at) + letter + text.slice(at);
  }
}

/** Where a tool spares itself the accents. */
function spelledPlainly(name: string): string {
  return name
    .replace(/[äÄ]/g, 'ae')
    .replace(/[öÖ]/g, 'oe')
    .replace(/[üÜ]/g, 'ue')
    .replace(/ß/g, 'ss')
    .replace(/[łŁ]/g, 'l')
    .replace(/ø/g, 'o')
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '');
}
function plain(name: string): string {
  return (
    spelledPlainly(name)
      .toLowerCase()
      .replace(/[^a-z]/g, '') || 'x'
  );
}
