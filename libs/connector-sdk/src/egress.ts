import { lookup as resolveName, type LookupAddress } from 'node:dns';
import ipaddr from 'ipaddr.js';

/** Where this installation lets connectors connect to. */
export interface EgressRules {
  /** Exact `host:port` entries that may be private or plain http. Empty by default; nothing but this list relaxes the guard. */
  allow: ReadonlySet<string>;
  /** Ports open on public addresses for https. What is not encrypted needs an entry, at whatever port. */
  publicPorts: ReadonlySet<number>;
}
export interface Target {
  protocol: string;
  host: string;
  port: number;
}

/** Refused before a socket was opened. Names the host only: it is part of the connection's settings, not of a record. */
export class EgressRefused extends Error {
  readonly code = 'EGRESS_REFUSED';
}

/** Rules from the installation's `host:port` entries; a malformed entry is an error, never a silent no. */
export function egressRules(entries: readonly string[], publicPorts: readonly number[] = [443, 8443]): EgressRules {
  return { allow: new Set(entries.map(normaliseEntry)), publicPorts: new Set(publicPorts) };
}

function normaliseEntry(entry: string): string {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^\s:/@?#[\]]+):(\d{1,5})$/.exec(entry.trim());
  if (!match) throw new Error(`egress allow-list: "${entry}" is not host:port`);
  return key(canonicalHost(match[1] ?? ''), Number(match[2]));
}

/** Every address that a connection to `target` may use; throws EgressRefused when one rule or one address says no. */
export async function vetTarget(target: Target, rules: EgressRules, resolve = resolveAll): Promise<LookupAddress[]> {
  const host = canonicalHost(target.host);
  const allowed = rules.allow.has(key(host, target.port));
  if (!allowed) refusePort(target, rules);
  const literal = asAddress(host);
  const addresses = literal ? [{ address: literal.toString(), family: literal.kind() === 'ipv4' ? 4 : 6 }] : await resolve(host);
  if (addresses.length === 0) throw new EgressRefused(`${host} has no address`);
  for (const { address } of addresses) {
    const range = forbiddenRange(address);
    // A name that somebody else controls may point at a metadata service: an entry for a name never covers link-local addresses.
    if (range && !(allowed && (literal || range !== 'linkLocal'))) throw new EgressRefused(`${host} is in a refused range (${range})`);
  }
  return addresses;
}

/** Ports of mail and SFTP on public addresses; `+tls` begins in the clear and is encrypted before anything is said (RFC 8314). */
const OTHER_PORTS: Record<string, ReadonlySet<number>> = {
  'imaps:': new Set([993]),
  'imap+tls:': new Set([143]),
  'smtps:': new Set([465]),
  'smtp+tls:': new Set([587]),
  'sftp:': new Set([22]),
};

function refusePort({ protocol, host, port }: Target, rules: EgressRules): void {
  const ports = protocol === 'https:' ? rules.publicPorts : OTHER_PORTS[protocol];
  if (!ports) throw new EgressRefused(`${protocol}//${host} needs an entry in the egress allow-list`);
  if (!ports.has(port)) throw new EgressRefused(`port ${port} needs an entry in the egress allow-list`);
}

/** The forbidden range that an address lies in, if any. Only native global unicast passes: no mapped, translated or tunnelled form. */
export function forbiddenRange(text: string): string | undefined {
  const address = asAddress(text);
  if (!address) return 'unparsable';
  const range = address.range();
  if (range !== 'unicast') return range;
  if (address.kind() === 'ipv4') return address.toString() === AZURE_WIRE_SERVER ? 'metadata' : undefined;
  return GLOBAL_UNICAST.some((net) => address.match(net)) && !address.match(DOCUMENTATION_2024) ? undefined : 'reserved';
}

const AZURE_WIRE_SERVER = '168.63.129.16';
const GLOBAL_UNICAST = [ipaddr.parseCIDR('2000::/3')];
const DOCUMENTATION_2024 = ipaddr.parseCIDR('3fff::/20');

function asAddress(host: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const bare = host.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) ? ipaddr.parse(bare) : undefined;
}

/** Lower case, no brackets, and every spelling of an IP literal (decimal, octal, hex, short, padded) as one. */
function canonicalHost(host: string): string {
  return asAddress(host)?.toString() ?? host.replace(/^\[|\]$/g, '').toLowerCase();
}
function key(host: string, port: number): string {
  return `${host}:${port}`;
}

function resolveAll(host: string): Promise<LookupAddress[]> {
  return new Promise((done, fail) => {
    resolveName(host, { all: true, verbatim: true }, (error, addresses) => (error ? fail(error) : done(addresses)));
  });
}
