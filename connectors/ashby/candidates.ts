import type { HttpClient, Receipt, WriteContext } from '#hub/connector-sdk';
import { isObject, parseOne, parsePage, type AshbyRecord } from './payloads.js';
import type { AshbySettings } from './settings.js';

/** A candidate in the words of `candidate.create`. */
interface NewCandidate {
  name?: string;
  email?: string;
  phoneNumber?: string;
  alternateEmailAddresses?: string[];
  linkedInUrl?: string;
}

/** Ashby keeps no key of ours on a candidate, and takes the same one twice: the hub looks for it before each attempt, see `candidatesAlike`. */
export async function createCandidate({ http, body }: WriteContext<AshbySettings>): Promise<Receipt> {
  const { id } = parseOne(await http.post('candidate.create', { body: newCandidate(body) }));
  return { externalId: id };
}

/** Whoever has this very name, and this address where there is one. */
export async function candidatesAlike({ http, body }: WriteContext<AshbySettings>): Promise<Receipt[]> {
  const { name, email } = newCandidate(body);
  const found = await search(http, email === undefined ? { name } : { email });
  return found.filter((record) => record.name === name).map(({ id }) => ({ externalId: id }));
}

async function search(http: HttpClient, body: object): Promise<AshbyRecord[]> {
  return parsePage(await http.post('candidate.search', { body, reads: true })).records;
}

/** Of several addresses the first is the primary one; Ashby refuses an address twice. */
function newCandidate(body: Record<string, unknown>): NewCandidate {
  const { name, email, phoneNumber, phoneAsTyped, emails, profiles } = body;
  const others = textsOf(emails).filter((one) => one !== email);
  const linkedIn = (Array.isArray(profiles) ? profiles : []).find((one) => isObject(one) && /linkedin/i.test(String(one.kind ?? one.url)));
  return {
    ...(typeof name === 'string' && { name }),
    ...(typeof email === 'string' && { email }),
    ...textOf('phoneNumber', phoneNumber ?? phoneAsTyped),
    ...(others.length > 0 && { alternateEmailAddresses: [...new Set(others)] }),
    ...(isObject(linkedIn) && textOf('linkedInUrl', linkedIn.url)),
  };
}

function textOf(key: keyof NewCandidate, value: unknown): NewCandidate {
  return typeof value === 'string' ? { [key]: value } : {};
}

function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).filter((one) => typeof one === 'string');
}
