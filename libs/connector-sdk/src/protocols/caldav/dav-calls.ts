import { ConnectorFailure } from '../../failure.js';
import type { HttpClient, VendorResponse } from '../../http.js';
import { parseMultistatus, type Multistatus } from './dav-xml.js';

const NAMESPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"';
const XML = { 'content-type': 'application/xml; charset=utf-8' };
const REDIRECTS = [301, 302, 307, 308];
const MAX_HOPS = 5;

/** A document element with the namespaces D (WebDAV), C (CalDAV) and S (calendarserver.org) declared. */
export function davDocument(name: string, content: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<${name} ${NAMESPACES}>${content}</${name}>`;
}

export interface PropfindInput {
  url: string;
  depth: '0' | '1';
  /** Elements such as `<D:getetag/>`. */
  props: string;
}
export interface Properties extends Multistatus {
  /** Where the answer came from, after redirects: the base of the hrefs in it. */
  url: string;
}

/** PROPFIND; redirects are followed within the origin only, so that credentials never leave it. */
export async function propfind(http: HttpClient, { url, depth, props }: PropfindInput): Promise<Properties> {
  let address = url;
  for (let hop = 0; hop <= MAX_HOPS; hop++) {
    const body = davDocument('D:propfind', `<D:prop>${props}</D:prop>`);
    const response = await http.request({ method: 'PROPFIND', path: address, headers: { ...XML, depth }, body, expect: REDIRECTS });
    if (response.status < 300 && response.status !== 207) throw notDav(response.status);
    if (!REDIRECTS.includes(response.status)) return { url: address, ...parseMultistatus(response.text) };
    address = sameOrigin(response.headers.location ?? '', address);
  }
  throw new ConnectorFailure({ code: 'CONFIG', field: 'serverUrl', detail: 'the server redirects in a circle' });
}

/** A page for people (a login form, for instance) instead of a multistatus. */
function notDav(status: number): ConnectorFailure {
  return new ConnectorFailure({ code: 'CONFIG', field: 'serverUrl', status, detail: 'the address answers, but not as a WebDAV server' });
}

export async function report(
  http: HttpClient,
  call: { url: string; depth?: '0' | '1'; body: string; expect?: number[] },
): Promise<VendorResponse> {
  const headers = { ...XML, depth: call.depth ?? '1' };
  return http.request({ method: 'REPORT', path: call.url, headers, body: call.body, expect: call.expect });
}

/** Resolves a href of the server; one on another origin is a settings fault, named so that it can be mended. */
export function sameOrigin(href: string, base: string): string {
  const from = new URL(base);
  if (!URL.canParse(href, base))
    throw new ConnectorFailure({ code: 'SCHEMA_DRIFT', detail: 'the server sent a href that is not an address' });
  const to = new URL(href, from);
  if (to.origin === from.origin) return to.href;
  throw new ConnectorFailure({
    code: 'CONFIG',
    field: 'serverUrl',
    detail: `the server sends us on to ${to.origin}: enter that address instead`,
  });
}
