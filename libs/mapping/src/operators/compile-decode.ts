import type { CanonicalValue } from '#hub/canonical';
import type { ValueSpec } from '../ast.js';
import { compileRead, type Read } from '../path.js';
import { addresses, emailItem, phoneItem } from './decode-addresses.js';
import { enumDecode } from './decode-enum.js';
import { instantDecode } from './decode-instant.js';
import { listDecode, objectDecode, type Part } from './decode-parts.js';
import { checked, email, namePart, phone, textOf, withScheme } from './decode-scalars.js';
import type { Decode } from './refused.js';

/** Compiles how a value is read. */
export function compileDecode(spec: ValueSpec): Decode {
  if (spec.value !== undefined) {
    const constant = spec.value as CanonicalValue;
    return () => constant;
  }
  const read = readFirst(spec);
  switch (spec.as) {
    case 'text':
      return (root) => textOf(read(root));
    case 'email':
      return (root) => email(read(root));
    case 'emails':
      return addresses(spec, emailItem);
    case 'phone':
      return (root) => phone(read(root), spec.country);
    case 'phones':
      return addresses(spec, (item) => phoneItem(item, spec.country));
    case 'instant':
      return instantDecode(spec, read);
    case 'object':
      return objectDecode(partsOf(spec), read);
    case 'list':
      return listDecode(partsOf(spec), read);
    case 'enum':
      return enumDecode(spec, read);
    case 'firstName':
      return (root) => namePart(read(root), 'first');
    case 'lastName':
      return (root) => namePart(read(root), 'last');
    case 'date':
      return checked(read, 'date');
    case 'url':
      return checked((root) => withScheme(read(root)), 'url');
    case 'zone':
      return checked(read, 'zone');
    case 'boolean':
      return checked(read, 'boolean');
    case 'integer':
      return checked(read, 'integer');
  }
}

function partsOf(spec: ValueSpec): Part[] {
  return Object.entries(spec.parts ?? {}).map(([name, part]) => [name, compileDecode(part)]);
}

/** The first place that says something; a group without a place of its own reads the whole record. */
function readFirst(spec: ValueSpec): Read {
  const reads = spec.from.map(compileRead);
  if (reads.length === 1) return reads[0];
  if (reads.length === 0) return (root) => root;
  return (root) => {
    for (const read of reads) {
      const value = read(root);
      if (value !== undefined && value !== null && value !== '') return value;
    }
    return undefined;
  };
}
