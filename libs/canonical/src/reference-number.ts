import { randomBytes } from 'node:crypto';

export type RefKind = 'job' | 'candidate' | 'application';
export interface Ref {
  ref: string;
  kind: RefKind;
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const KINDS: Record<string, RefKind> = { J: 'job', C: 'candidate', A: 'application' };
const BODY = 8;
const CLIENT_PREFIX = /^[0-9A-HJKMNP-TV-Z]{1,4}$/;
/** Longest form: `A-` + client prefix of four + `-` + eight + check = 16. */
const SHAPE = /^([JCA])-(?:([0-9A-HJKMNP-TV-Z]{1,4})-)?([0-9A-HJKMNP-TV-Z]{8})([0-9A-HJKMNP-TV-Z])$/;
const IN_TEXT = /(?<![0-9A-Za-z])[JCAjca]-(?:[0-9A-Za-z]{1,4}-)?[0-9A-Za-z]{9}(?![0-9A-Za-z])/g;

/**
 * A new reference number: type prefix, optionally the client's prefix, eight random Crockford characters and a check character
 * (ISO 7064 hybrid MOD 33,32). Never sequential.
 * @throws RangeError when the client prefix has more than four characters or one outside the Crockford alphabet.
 */
export function mintRef(prefix: 'J' | 'C' | 'A', options: { clientPrefix?: string; random?: (bytes: number) => Uint8Array } = {}): string {
  const client = options.clientPrefix?.toUpperCase();
  if (client !== undefined && !CLIENT_PREFIX.test(client))
    throw new RangeError('a client prefix has one to four characters of 0-9 and A-Z without I, L, O, U');
  const body = [...(options.random ?? randomBytes)(BODY)].map((byte) => ALPHABET[byte & 31]).join('');
  return `${prefix}-${client ? `${client}-` : ''}${body}${checkCharacter(`${prefix}${client ?? ''}${body}`)}`;
}

/** Reads one reference number as people type it: any case, I and L for 1, O for 0. Undefined unless its check character holds. */
export function parseRef(text: string): Ref | undefined {
  const typed = text.trim().toUpperCase();
  const ref = typed.slice(0, 2) + typed.slice(2).replace(/[IL]/g, '1').replace(/O/g, '0');
  const parts = SHAPE.exec(ref);
  if (!parts) return undefined;
  const [, prefix, client = '', body, check] = parts;
  return checkCharacter(`${prefix}${client}${body}`) === check ? { ref, kind: KINDS[prefix] } : undefined;
}

/** All valid reference numbers in a subject, a description or a message, each once, in order. */
export function findRefs(text: string): Ref[] {
  const found = new Map<string, Ref>();
  for (const [match] of text.matchAll(IN_TEXT)) {
    const ref = parseRef(match);
    if (ref && !found.has(ref.ref)) found.set(ref.ref, ref);
  }
  return [...found.values()];
}

/** ISO 7064 hybrid system MOD M+1,M with M = 32 over the Crockford alphabet: catches every single substitution. */
function checkCharacter(payload: string): string {
  const modulus = ALPHABET.length;
  let product = modulus;
  for (const character of payload) {
    const sum = (product + ALPHABET.indexOf(character)) % modulus;
    product = ((sum === 0 ? modulus : sum) * 2) % (modulus + 1);
  }
  return ALPHABET[(modulus + 1 - product) % modulus];
}
