import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ConnectorFailure } from '../../failure.js';

/** One resource of a multistatus (RFC 4918 §13). */
export interface DavResponse {
  /** As the server wrote it: maybe relative, maybe percent-encoded in its own way. */
  href: string;
  /** Status of the resource itself, where the server gives one. */
  status?: number;
  /** Properties answered with 2xx, by local name. */
  props: Record<string, XmlNode>;
}
export interface Multistatus {
  responses: DavResponse[];
  syncToken?: string;
}
export type XmlNode = string | XmlNode[] | { [name: string]: XmlNode };

// Entities are decoded below, so that no document can define one; values stay text.
const parser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  cdataPropName: '#cdata',
});

/** Parses a 207 body. An incomplete document must not pass for a short one: it fails as TRANSIENT. */
export function parseMultistatus(text: string): Multistatus {
  const root = child(parseXml(text), 'multistatus');
  return { responses: children(root, 'response').map(toResponse), syncToken: textOf(child(root, 'sync-token')).trim() || undefined };
}

function parseXml(text: string): XmlNode {
  const prolog = text.slice(0, Math.max(0, text.search(/<[A-Za-z_]/)));
  if (/<!DOCTYPE/i.test(prolog)) throw new ConnectorFailure({ code: 'SCHEMA_DRIFT', detail: 'the server sent XML with a document type' });
  if (XMLValidator.validate(text) !== true) throw new ConnectorFailure({ code: 'TRANSIENT', detail: 'the answer is not complete XML' });
  return parser.parse(text) as XmlNode;
}

function toResponse(node: XmlNode): DavResponse {
  const good = children(node, 'propstat').filter((propstat) => isSuccess(statusOf(child(propstat, 'status')) ?? 200));
  const props = Object.assign({}, ...good.map((propstat) => child(propstat, 'prop')).filter(isElement)) as Record<string, XmlNode>;
  return { href: textOf(child(node, 'href')).trim(), status: statusOf(child(node, 'status')), props };
}

function statusOf(node: XmlNode | undefined): number | undefined {
  const match = /HTTP\/\S+\s+(\d{3})/.exec(textOf(node));
  return match ? Number(match[1]) : undefined;
}
const isSuccess = (status: number): boolean => status >= 200 && status < 300;

function isElement(node: XmlNode | undefined): node is { [name: string]: XmlNode } {
  return typeof node === 'object' && !Array.isArray(node);
}
export function child(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return children(node, name)[0];
}
export function children(node: XmlNode | undefined, name: string): XmlNode[] {
  const found = isElement(node) && Object.hasOwn(node, name) ? node[name] : undefined;
  return found === undefined ? [] : Array.isArray(found) ? found : [found];
}
export function textOf(node: XmlNode | undefined): string {
  if (node === undefined) return '';
  if (typeof node === 'string') return decode(node);
  if (Array.isArray(node)) return node.map(textOf).join('');
  return (
    textOf(node['#text']) +
    children(node, '#cdata')
      .filter((part) => typeof part === 'string')
      .join('')
  );
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
function decode(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name) return NAMED[name.toLowerCase()] ?? whole;
      const point = hex ? parseInt(hex, 16) : Number(decimal);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}

/** Text for use inside an XML element or attribute of a request. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&${Object.keys(NAMED).find((name) => NAMED[name] === char)};`);
}
