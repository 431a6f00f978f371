/** Where in a delivery a value stands. */
export type Place =
  /** A whole header. */
  | { header: string }
  /** Headers that are numbered from 1: `x-signature-1`, `x-signature-2`, … */
  | { numberedHeader: string }
  /** Of a header of pairs (`t=1,v1=ab`) the values under one name. */
  | { header: string; pair: string }
  /** Of a header of two parts (`1700000000.ab`) the part before or after the first such text. */
  | { header: string; before: string }
  | { header: string; after: string }
  /** Of Basic authentication (RFC 7617). */
  | { basic: 'username' | 'password' }
  /** A path into the JSON of the body; `[]` takes every entry of a list. */
  | { field: string };

/**
 * What a sender signs, in order. `ascii-body`: the body with everything beyond ASCII as `\uXXXX`. `url`: the address that the sender called, as it
 * is and in the spellings of `unescapedUrl`. `form`: names and values of the form, sorted; of another body its hash, which the address carries.
 */
export type SignedPart = 'body' | 'ascii-body' | 'method' | 'url' | 'form' | { text: string } | Place;

/** A keyed hash over parts of the delivery. */
export interface HmacScheme {
  kind: 'hmac';
  signature: Place;
  /** Text before each signature, such as `sha256=`. A sender may list several signatures separated by spaces or commas. */
  prefix?: string;
  digest: 'sha1' | 'sha256';
  encoding: 'hex' | 'base64';
  signed: SignedPart[];
  /** When it was sent, and how many seconds that may differ from now, in either direction. */
  timestamp?: Place & { unit: 's' | 'ms'; toleranceSeconds: number };
  /** `base64`: the decoded bytes of the stored secret are the key; a leading `whsec_` is left out. Default `text`. */
  key?: 'text' | 'base64';
}
/** The sender repeats a secret that we gave it; nothing is signed. */
export interface SharedTokenScheme {
  kind: 'shared-token';
  /** Where several values are found all of them must fit. */
  token: Place;
}
/** The sender shows a token that its identity provider signed (RFC 7519). The stored secret is the e-mail address of the account that it must name. */
export interface SignedTokenScheme {
  kind: 'signed-token';
  issuers: string[];
  jwksUrl: string;
}
/** How a sender proves itself, as data: every row of `vendors.md` §1 is one of these. */
export type WebhookScheme = HmacScheme | SharedTokenScheme | SignedTokenScheme;

/** How a sender asks, before it sends anything, whether the address is ours. */
export type Handshake =
  /** The text of a query parameter is wanted back, as plain text. */
  | { kind: 'echo'; method: 'GET' | 'POST'; query: string }
  /** The text of a query parameter is wanted back with its keyed hash, as JSON under these names. */
  | { kind: 'signed-challenge'; method: 'GET' | 'POST'; query: string; code: string; response: string; digest: 'sha1' | 'sha256' };

/**
 * What a sender sends, unsigned, before it signs anything: a token that it wants back by a call (`subscription.confirm`), and signs with from then on.
 * `subscription`: where it says which of our subscriptions is meant.
 */
export interface Confirmation {
  token: Place;
  subscription?: Place;
}

/** Where the JSON of a delivery stands: the body itself, one field of a form, or the fields of a form. */
export type BodyFormat = 'json' | { formField: string } | 'form';

export interface Acknowledgement {
  status: number;
  contentType: string;
  body: string;
}

/** The common scheme: a keyed hash over the raw body in one header. */
export function hmac(scheme: { header: string; digest: 'sha1' | 'sha256'; encoding: 'hex' | 'base64'; prefix?: string }): HmacScheme {
  const { header, ...rest } = scheme;
  return { ...rest, kind: 'hmac', signature: { header }, signed: ['body'] };
}
