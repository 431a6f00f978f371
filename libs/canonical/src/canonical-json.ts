import { hash } from 'node:crypto';
import type { CanonicalValue } from './objects.js';

/** JSON text with sorted keys: equal values give equal text whatever the order in which they were built. */
export function canonicalJson(value: CanonicalValue | undefined): string {
  if (value === undefined) return 'undefined';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const parts = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${parts.join(',')}}`;
}

/** 128 bits of SHA-256 over the canonical JSON, written as a uuid so that PostgreSQL keeps it in 16 bytes. */
export function canonicalHash(value: CanonicalValue | undefined): string {
  return uuidOf(hash('sha256', canonicalJson(value), 'hex'));
}

/** The first 128 bits of a hex digest in uuid spelling. */
export function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
