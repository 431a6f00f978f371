import { faultText } from './load-mappings.js';
import { parseMapping } from './parse-mapping.js';

const FILE = `mapping: acme.people
version: 1
from: { connector: acme, stream: people }
into: candidate
identify: { externalId: id }
fields:
  - { to: firstName, from: given, required: true }
  - { to: lastName, from: family }
  - { to: emails, from: contact.mail, as: emails, wins: union }
  - { to: status, from: state, as: enum, table: { active: ACTIVE, gone: DELETED } }
`;
const faultsOf = (text: string): string[] => parseMapping(text, 'acme/people.yaml').faults.map(faultText);

/** Mistakes that people make, each with all that they are told: where it is, the rule, and how to mend it. */
const MISTAKES: [right: string, wrong: string, told: string][] = [
  ['firstName', 'firstname', '7:11: candidate has no field "firstname"; did you mean "firstName"?'],
  ['required: true', 'requierd: true', '7:45: unknown word "requierd"; did you mean "required"?'],
  ['as: emails', 'as: email', '9:43: "email" does not make what this field holds (a list); did you mean as: emails?'],
  ['from: family }', 'from: family, do: [trimm] }', '8:40: "trimm" is no step; did you mean "trim"?'],
  ['from: family }', 'from: family, do: [emails] }', '8:40: "emails" is no step; it is a type: write as: emails'],
  [
    'gone: DELETED',
    'gone: DELTED',
    '10:73: "DELTED" must be one of ACTIVE, MERGED, ANONYMISED, DELETED, or null for a word that says nothing; did you mean "DELETED"?',
  ],
  ['wins: union', 'wins: merge', '9:57: "merge" must be one of ats, calendar, mail, crm, newest, union'],
  ['  - { to: lastName', '\t- { to: lastName', '8:1: a tab indents this line; use blanks, two for each level'],
  ['from: family }', 'from: family', '8:5: the { that opens here is not closed: a } is missing'],
  [
    '  - { to: lastName',
    ' - { to: lastName',
    '8:1: this line stands at another column than its neighbours; the entries of one list or group begin at the same column',
  ],
  [
    '- { to: lastName, from: family }',
    '- { to: lastName, from: family }\n  - { to: lastName, from: surname }',
    '9:11: lastName is mapped twice; one rule per field',
  ],
  ['from: family }', 'from: family, from: surname }', '8:35: "from" stands here twice; keep one of them'],
  [
    'into: candidate',
    'into: candidates',
    '4:7: "candidates" must be one of candidate, client, job, application, stage, transition, interview, communication, assessment; did you mean "candidate"?',
  ],
  [
    'into: candidate\n',
    '',
    '1:1: into is missing: it names the canonical object, one of candidate, client, job, application, stage, transition, interview, communication, assessment',
  ],
  ['version: 1', 'version: "1"', '2:10: version must be a whole number from 1, without quotes'],
  ['stream: people', 'stream: persons', '1:10: a mapping is named after what it reads: acme.persons'],
  [
    'from: family }',
    'from: [family, surname], direction: both }',
    '8:57: a field that is written needs one path without [] or [name=word]; use direction: in, or say under back: how it is written',
  ],
  [
    'from: family }',
    'from: family, do: [htmlText], direction: both }',
    '8:40: "htmlText" has no inverse (plain text does not say how the HTML looked); use direction: in, or say under back: how it is written',
  ],
  [
    'from: family }',
    'from: family, do: [lower, { removePrefix: Dr. }], direction: both }',
    '8:47: "removePrefix" behind "lower" cannot be taken back; put removePrefix first, or say under back: how it is written',
  ],
  [
    'from: family }',
    'from: family, do: [{ match: "(?=x)" }] }',
    '8:49: "(?=x)" is no pattern: invalid or unsupported Perl syntax: `(?=`; look-around and back-references are not part of the language',
  ],
  ['from: family }', 'from: names[0].last }', '8:32: inside { } a path with [ ] stands in quotes: from: "names[0].last"'],
  [
    'from: family }',
    'from: "family + given" }',
    '8:27: "family + given" is no path: write a.b, a[0].b, a[].b, a[name=word].b or a["odd key"]; to put several together write template: "{a} {b}"',
  ],
  [
    'from: family }',
    'from: family given }',
    '8:27: "family given" is no path: write a.b, a[0].b, a[].b, a[name=word].b or a["odd key"]; to put several together write template: "{a} {b}"',
  ],
  [
    'from: family }',
    'template: "{fam ily}" }',
    '8:31: {fam ily}: "fam ily" is no path: write a.b, a[0].b, a[].b, a[name=word].b or a["odd key"]',
  ],
  ['from: family }', 'template: family }', '8:31: a template needs a {slot}; a text that is always the same is value:'],
  [
    'as: emails, wins: union',
    'as: emails, wins: union }\n  - { to: phones, from: tel, as: phones, country: Germany',
    '10:51: country must be two capital letters such as DE, { from: path } or { setting: name }',
  ],
  ['from: family }', 'from: family, class: public }', '8:42: this field is of the class contact; a file can only be stricter'],
  [
    'identify',
    'keepIf: { field: state, equal: active }\nidentify',
    '5:32: unknown word "equal"; did you mean "equals"?\n5:9: a condition needs equals, in, contains, startsWith, endsWith, matches, greaterThan, lessThan, exists or isFuture',
  ],
  ['identify', 'keepIf: state == active\nidentify', '5:9: keepIf must be a group such as { field: state, equals: open }'],
  [', table: { active: ACTIVE, gone: DELETED }', '', '10:5: table is missing: write table: { Open: ACTIVE }'],
  ['table: { active: ACTIVE, gone: DELETED }', 'table: [active, gone]', '10:49: table must be a group such as { Open: ACTIVE }'],
  ['required: true', 'required: "yes"', '7:45: "yes" must be true or false, without quotes'],
  ['to: lastName, ', '', '8:5: to is missing: it must be a word'],
  [', from: family', '', '8:5: say where the value comes from: from: path, template: text, when: cases, or value: constant'],
  ['from: family }', 'from: family, value: X }', '8:5: say either from: or value:'],
  ['from: family }', 'from: family, format: DD.MM.YYYY }', '8:43: format: does not go with as: text; it goes with as: instant, date'],
  ['identify', 'parents: { job: { externalId: jobId } }\nidentify', '5:17: candidate belongs to nobody, so it has no parents'],
  [
    'from: family }',
    'from: "names[].last" }',
    '8:27: this gives a list, and as: text takes one value; end with do: [first], [only] or [{ join: ", " }]',
  ],
  ['from: family }', 'from: family, wins: union }', '8:41: union puts lists together, and this field holds one value'],
  ['identify', 'createWhen: { parent: job, known: true }\nidentify', '5:23: job does not stand under parents:'],
  ['into: candidate', 'into: candidate\ndescription: People: all of them', '5:14: a text with a colon in it stands in quotes'],
  ['from: family }', 'from: family, do: trim }', '8:39: do must be a list: [trim]'],
  ['from: family }', 'from: family, do: [{ truncate: "80" }] }', '8:52: truncate takes a whole number from 2 to 100000, without quotes'],
  [
    'from: family }',
    'from: &a family }\n  - { to: headline, from: *a }',
    '9:27: write it out: aliases (*name) are not part of the language',
  ],
  [
    '  - { to: lastName, from: family }',
    '  lastName: family',
    '8:1: this line stands at another column than its neighbours; the entries of one list or group begin at the same column',
  ],
  [
    'from: family }',
    'from: family }\n  - { to: location, as: object, parts: { town: address.city } }',
    '9:48: there is no part "town" here; parts are raw, street, city, region, postal, country',
  ],
  ['from: family }', 'from: family, default: { a: 1 } }', '8:44: this constant must be one word, number, true or false'],
  ['from: family }', 'from: family, writePolicy: ifBlank }', '8:48: writePolicy goes with direction: out or both'],
  [
    'gone: DELETED }',
    'gone: DELETED }, else: block',
    '10:90: status is never guessed: a word that its table does not know parks the record',
  ],
  ['from: family }', 'from: family, country: DE }', '8:44: country: does not go with as: text; it goes with as: phone, region, phones'],
  ['from: family }', 'from: "family }', '8:27: the quote that opens here is not closed'],
];

describe('mistakes in a mapping file', () => {
  it('finds none in the file that they are made in', () => expect(faultsOf(FILE)).toEqual([]));

  it.each(MISTAKES)('%j → %j', (right, wrong, told) => {
    expect(FILE).toContain(right);
    expect(faultsOf(FILE.replace(right, () => wrong))).toEqual(told.split('\n').map((line) => `acme/people.yaml:${line}`));
  });

  it('tells of three mistakes at once', () => {
    const text = FILE.replace('firstName', 'firstname').replace('as: emails', 'as: email').replace('ACTIVE', 'ACTIV');
    expect(faultsOf(text)).toHaveLength(3);
  });
});
