import { randomUUID } from 'node:crypto';
import { instant, listOf, maybe, needed, object, oneOf, text, uuid, type Fields } from '../input.js';
import { listPage, syncFields } from '../paging.js';
import type { Candidate, Contact } from '../records.js';
import { Refusal } from '../refusal.js';
import { withHandles } from './files.js';
import { now, resultId, type Body, type Call, type Endpoints } from './endpoint.js';

const LINKS = ['LinkedIn', 'GitHub', 'Twitter', 'Medium', 'StackOverflow', 'YouTube', 'CodePen', 'Website'];
const personFields: Fields = {
  email: maybe(text),
  phoneNumber: maybe(text),
  linkedInUrl: maybe(text),
  githubUrl: maybe(text),
  sourceId: maybe(uuid),
  creditedToUserId: maybe(uuid),
  location: maybe(object({ city: maybe(text), region: maybe(text), country: maybe(text) })),
  createdAt: maybe(instant),
};

export const candidateEndpoints: Endpoints = {
  'candidate.list': {
    permission: 'candidatesRead',
    fields: syncFields,
    answer: ({ store, body }) => listPage(store, body, { resource: 'candidate', view: withHandles }),
  },
  'candidate.info': {
    permission: 'candidatesRead',
    fields: { id: maybe(uuid), externalMappingId: maybe(text) },
    answer: (call) => ({ results: withHandles(seenCandidate(call, call.body.id)) }),
  },
  'candidate.search': { permission: 'candidatesRead', fields: { email: maybe(text), name: maybe(text) }, answer: searchCandidates },
  'candidate.create': {
    permission: 'candidatesWrite',
    fields: { ...personFields, name: needed(text), website: maybe(text), alternateEmailAddresses: maybe(listOf(text)) },
    answer: createCandidate,
    wrote: resultId,
  },
  'candidate.update': {
    permission: 'candidatesWrite',
    fields: {
      ...personFields,
      candidateId: needed(uuid),
      name: maybe(text),
      websiteUrl: maybe(text),
      alternateEmail: maybe(text),
      socialLinks: maybe(listOf(object({ type: needed(oneOf(...LINKS)), url: needed(text) }))),
    },
    answer: updateCandidate,
    wrote: resultId,
  },
};

function seenCandidate({ store }: Call, id: unknown): Candidate {
  if (typeof id !== 'string') throw new Refusal('invalid_input', 'id is required');
  const candidate = store.see('candidate', id);
  if (!candidate) throw new Refusal('candidate_not_found', 'Candidate not found');
  return candidate;
}

function searchCandidates({ store, body }: Call): Body {
  const { email, name } = body as { email?: string; name?: string };
  if (email === undefined && name === undefined) throw new Refusal('invalid_input', 'email or name is required');
  const results: Candidate[] = [];
  for (const id of store.rows('candidate').keys()) {
    const candidate = store.see('candidate', id);
    if (candidate && hasEmail(candidate, email) && hasName(candidate, name)) results.push(withHandles(candidate));
    if (results.length === 100) break;
  }
  return { results };
}

const hasEmail = ({ emailAddresses }: Candidate, email?: string) =>
  email === undefined || emailAddresses.some(({ value }) => value.toLowerCase() === email.toLowerCase());
const hasName = (candidate: Candidate, name?: string) => name === undefined || candidate.name.toLowerCase().includes(name.toLowerCase());

function createCandidate({ store, body, key }: Call): Body {
  const blank = newCandidate({ id: randomUUID(), at: (body.createdAt as string | undefined) ?? now() });
  return { results: store.add('candidate', withPersonFields(blank, body), key.name).value };
}

/** A candidate with nothing but what is given. */
export function newCandidate({
  id,
  at,
  name = '',
  email,
  phone,
}: {
  id: string;
  at: string;
  name?: string;
  email?: string;
  phone?: string;
}): Candidate {
  const lists = { emailAddresses: withPrimary([], email), phoneNumbers: withPrimary([], phone) };
  return {
    id,
    name,
    createdAt: at,
    updatedAt: at,
    ...lists,
    ...primaries(lists),
    socialLinks: [],
    tags: [],
    applicationIds: [],
    fileHandles: [],
    customFields: [],
    profileUrl: `https://app.ashbyhq.com/candidate-searches/new/right-side/candidates/${id}`,
  };
}

function updateCandidate(call: Call): Body {
  const id = call.body.candidateId as string;
  const before = call.store.find('candidate', id);
  if (!before) throw new Refusal('candidate_not_found', 'Candidate not found');
  return { results: call.store.change('candidate', id, { ...withPersonFields(before, call.body), updatedAt: now() }).value };
}

function withPersonFields(candidate: Candidate, body: Body): Candidate {
  const { name, email, phoneNumber, alternateEmail, alternateEmailAddresses } = body as Record<string, string | undefined>;
  const alternates = [alternateEmail, ...((alternateEmailAddresses as unknown as string[] | undefined) ?? [])].filter(
    (value) => value !== undefined,
  );
  const emailAddresses = withAlternates(withPrimary(candidate.emailAddresses, email), alternates);
  const phoneNumbers = withPrimary(candidate.phoneNumbers, phoneNumber);
  const next = { ...candidate, name: name ?? candidate.name, emailAddresses, phoneNumbers, socialLinks: linksOf(candidate, body) };
  return { ...next, ...primaries(next) };
}

/** The two fields that repeat the primary entries of the lists; left out when there is none. */
export const primaries = ({ emailAddresses, phoneNumbers }: Pick<Candidate, 'emailAddresses' | 'phoneNumbers'>) => ({
  primaryEmailAddress: emailAddresses.find(({ isPrimary }) => isPrimary),
  primaryPhoneNumber: phoneNumbers.find(({ isPrimary }) => isPrimary),
});

export const withPrimary = (contacts: Contact[], value: string | undefined): Contact[] =>
  value === undefined
    ? contacts
    : [{ value, type: 'Personal', isPrimary: true }, ...contacts.filter((contact) => !contact.isPrimary && contact.value !== value)];

const withAlternates = (contacts: Contact[], values: string[]): Contact[] => [
  ...contacts,
  ...values
    .filter((value) => contacts.every((contact) => contact.value !== value))
    .map((value): Contact => ({ value, type: 'Other', isPrimary: false })),
];

function linksOf(candidate: Candidate, body: Body): Candidate['socialLinks'] {
  if (body.socialLinks) return body.socialLinks as Candidate['socialLinks'];
  const named = { LinkedIn: body.linkedInUrl, GitHub: body.githubUrl, Website: body.website ?? body.websiteUrl } as Record<
    string,
    string | undefined
  >;
  const given = Object.entries(named).flatMap(([type, url]) => (url === undefined ? [] : [{ type, url }]));
  return [...candidate.socialLinks.filter(({ type }) => named[type] === undefined), ...given];
}
