import { createHash, timingSafeEqual } from 'node:crypto';
import { textsAt, type ReadDelivery } from './delivery.js';
import type { SignedPart } from './scheme.js';

/**
 * All spellings of the bytes that the sender may have signed: proxies and client libraries change an address, and escapes, on the way.
 * Undefined when a part is missing.
 */
export function signedBytes(parts: SignedPart[], delivery: ReadDelivery): Buffer[] | undefined {
  if (parts.length === 1 && parts[0] === 'body') return [delivery.rawBody];
  let spellings: Buffer[] = [Buffer.alloc(0)];
  for (const part of parts) {
    const ways = spellingsOf(part, delivery);
    if (ways.length === 0) return undefined;
    spellings = spellings.flatMap((head) => ways.map((way) => Buffer.concat([head, way])));
  }
  return spellings;
}

function spellingsOf(part: SignedPart, delivery: ReadDelivery): Buffer[] {
  if (part === 'body') return [delivery.rawBody];
  if (part === 'ascii-body') return asciiSpellings(delivery.rawBody);
  if (part === 'method') return [Buffer.from(delivery.method.toUpperCase())];
  if (part === 'url') return urlSpellings(delivery.url);
  if (part === 'form') return formText(delivery);
  if ('text' in part) return [Buffer.from(part.text)];
  const [text] = textsAt(part, delivery);
  return text === undefined ? [] : [Buffer.from(text)];
}

function asciiSpellings(rawBody: Buffer): Buffer[] {
  const text = rawBody.toString('utf8');
  if (/^[\x00-\x7f]*$/.test(text)) return [rawBody];
  const escaped = (hex: (code: string) => string) =>
    Buffer.from(text.replace(/[^\x00-\x7f]/g, (unit) => `\\u${hex(unit.charCodeAt(0).toString(16).padStart(4, '0'))}`));
  return [escaped((code) => code), escaped((code) => code.toUpperCase()), rawBody];
}

/** As it is; without and with the standard port; and with the escapes undone that some senders undo before they sign. */
function urlSpellings(url: string | undefined): Buffer[] {
  const [, scheme, host, port, rest] = /^(https?:\/\/)([^/?#:]+|\[[^\]]*\])(:\d+)?(.*)$/i.exec(url ?? '') ?? [];
  if (url === undefined || scheme === undefined) return [];
  const standard = scheme.toLowerCase() === 'https://' ? ':443' : ':80';
  const spellings = [url, `${scheme}${host}${rest}`, `${scheme}${host}${port ?? standard}${rest}`, unescapedUrl(url)];
  return [...new Set(spellings)].map((text) => Buffer.from(text));
}

/** The escapes that HubSpot lists for its third signature version. */
const UNDONE: Record<string, string> = {
  '%3A': ':',
  '%2F': '/',
  '%3F': '?',
  '%40': '@',
  '%21': '!',
  '%24': '$',
  '%27': "'",
  '%28': '(',
  '%29': ')',
  '%2A': '*',
  '%2C': ',',
  '%3B': ';',
};

function unescapedUrl(url: string): string {
  return url.replace(/%[0-9a-f]{2}/gi, (escape) => UNDONE[escape.toUpperCase()] ?? escape);
}

/** Names in order of their text, each with its values; a body that is no form counts as empty where the address carries its hash. */
function formText({ form, url, rawBody }: ReadDelivery): Buffer[] {
  if (form) {
    const names = [...form.keys()].sort(byText);
    const text = names.map((name) => [...new Set(form.get(name))].sort(byText).map((value) => `${name}${value}`));
    return [Buffer.from(text.flat().join(''))];
  }
  const declared = /[?&]bodySHA256=([0-9a-f]{64})(?:&|$)/i.exec(url ?? '')?.[1];
  if (declared === undefined) return rawBody.length === 0 ? [Buffer.alloc(0)] : [];
  const hash = createHash('sha256').update(rawBody).digest();
  return timingSafeEqual(hash, Buffer.from(declared, 'hex')) ? [Buffer.alloc(0)] : [];
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
