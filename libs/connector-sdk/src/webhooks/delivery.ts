import type { BodyFormat, Confirmation, Place } from './scheme.js';
import { parseJson } from '../parse-json.js';

/** A call on one of our endpoints, as it arrived. */
export interface Delivery {
  method: string;
  /** The address that the sender called, with its query; undefined where the installation does not know its public address. */
  url?: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  rawBody: Buffer;
}

type Form = ReadonlyMap<string, string[]>;

/** A delivery whose form, if it is one, was read; its JSON is read when somebody asks. */
export class ReadDelivery implements Delivery {
  readonly method: string;
  readonly url?: string;
  readonly headers: Record<string, string>;
  readonly rawBody: Buffer;
  private readonly parsed: { body?: unknown } = {};

  constructor(
    delivery: Delivery,
    private readonly format: BodyFormat,
    readonly form?: Form,
  ) {
    ({ method: this.method, url: this.url, headers: this.headers, rawBody: this.rawBody } = delivery);
  }

  /** The JSON of the delivery; undefined when there is none. A form that is wanted as JSON becomes its names and texts. */
  get body(): unknown {
    if (!('body' in this.parsed)) this.parsed.body = this.read();
    return this.parsed.body;
  }

  private read(): unknown {
    if (this.format === 'json') return parseJson(this.rawBody.toString('utf8'));
    if (this.format !== 'form') return parseJson(this.form?.get(this.format.formField)?.[0] ?? '');
    return this.form && Object.fromEntries([...this.form].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
  }
}

export async function readDelivery(delivery: Delivery, format: BodyFormat = 'json'): Promise<ReadDelivery> {
  const type = delivery.headers['content-type'] ?? '';
  const isForm = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type);
  return new ReadDelivery(delivery, format, isForm ? await formOf(delivery, type) : undefined);
}

/** Names and texts of a form, urlencoded or multipart; undefined when it cannot be read. Files in it are left out. */
async function formOf({ rawBody }: Delivery, type: string): Promise<Form | undefined> {
  try {
    const data = await new Response(new Uint8Array(rawBody), { headers: { 'content-type': type } }).formData();
    const form = new Map<string, string[]>();
    for (const [name, value] of data) if (typeof value === 'string') form.set(name, [...(form.get(name) ?? []), value]);
    return form;
  } catch {
    return undefined;
  }
}

/** The sender's own id of a delivery; undefined unless all of its places hold one. */
export function messageIdOf(places: Place[] | undefined, delivery: ReadDelivery): string | undefined {
  const parts = places?.map((place) => textsAt(place, delivery)[0]);
  return parts?.every(Boolean) ? parts.join(' ') : undefined;
}

/** What an unsigned delivery wants confirmed; undefined when it is none that does. */
export function confirmationIn(
  confirmation: Confirmation | undefined,
  delivery: ReadDelivery,
): { token: string; externalId?: string } | undefined {
  const [token] = confirmation ? textsAt(confirmation.token, delivery) : [];
  if (!confirmation || !token || token.length > LONGEST_TOKEN) return undefined;
  return { token, externalId: confirmation.subscription && textsAt(confirmation.subscription, delivery)[0] };
}
const LONGEST_TOKEN = 1_000;

/** The texts at a place: none when it is not there, several where the place names several. */
export function textsAt(place: Place, delivery: ReadDelivery): string[] {
  const { headers } = delivery;
  if ('field' in place) return fieldsAt(delivery.body, place.field.split('.'));
  if ('basic' in place) return basicPart(headers.authorization ?? '', place.basic);
  if ('numberedHeader' in place) return numbered(headers, place.numberedHeader.toLowerCase());
  const text = headers[place.header.toLowerCase()];
  if (text === undefined) return [];
  if ('pair' in place) return pairs(text, place.pair);
  if ('before' in place || 'after' in place) return side(text, place);
  return [text];
}

function basicPart(header: string, part: 'username' | 'password'): string[] {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header)?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const at = text.indexOf(':');
  if (at < 0) return [];
  return [part === 'username' ? text.slice(0, at) : text.slice(at + 1)];
}

function numbered(headers: Record<string, string>, name: string): string[] {
  const found: string[] = [];
  for (let at = 1; headers[`${name}-${at}`] !== undefined; at += 1) found.push(headers[`${name}-${at}`]);
  return found;
}

function pairs(text: string, name: string): string[] {
  return text
    .split(/[,;]/)
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
}

function side(text: string, place: { before: string } | { after: string }): string[] {
  const mark = 'before' in place ? place.before : place.after;
  const at = text.indexOf(mark);
  if (at < 0) return [];
  return ['before' in place ? text.slice(0, at) : text.slice(at + mark.length)];
}

function fieldsAt(value: unknown, [step, ...rest]: string[]): string[] {
  if (step === undefined) return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
  const list = step.endsWith('[]');
  const name = list ? step.slice(0, -2) : step;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
  const inner = (value as Record<string, unknown>)[name];
  if (!list) return fieldsAt(inner, rest);
  // An entry without the value must not pass because its neighbour has one.
  return Array.isArray(inner) ? inner.flatMap((entry) => orEmpty(fieldsAt(entry, rest))) : [];
}

function orEmpty(texts: string[]): string[] {
  return texts.length > 0 ? texts : [''];
}
