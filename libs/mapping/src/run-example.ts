import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { CompiledMapping, MapResult, OutwardContext } from './mapping.js';

/** One case of an examples file: what a raw record becomes, and what a canonical one is written as. */
export interface MappingExample {
  name: string;
  raw: unknown;
  /** Instant at which the case happens; 2026-11-24T12:00:00Z where it says nothing. */
  now?: string;
  settings?: Record<string, unknown>;
  canonical?: Record<string, unknown>;
  excluded?: boolean;
  refused?: { code: string; field: string; pointer: string }[];
  blocked?: { code: string; field: string }[];
  parents?: unknown[];
  writeId?: string;
  ref?: string;
  /** `values` where the record itself is not what is written; `created` is what `createWhen` answers. */
  outward?: { values?: Record<string, unknown>; context?: Partial<OutwardContext>; body: Record<string, unknown>; created?: boolean };
}

export function readExamples(file: string): MappingExample[] {
  return parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 }) as MappingExample[];
}

/** Runs a case inwards and, where it says how, outwards. */
export function runExample(
  mapping: CompiledMapping,
  example: MappingExample,
): { inward: MapResult; body?: Record<string, unknown>; created?: boolean } {
  const now = new Date(example.now ?? '2026-11-24T12:00:00Z');
  const settings = example.settings ?? {};
  const inward = mapping.toCanonical(example.raw, { settings, now });
  if (!example.outward) return { inward };
  const context: OutwardContext = { settings, now, writeId: '', parents: {}, ...example.outward.context };
  const values = (example.outward.values ?? (inward.kind === 'mapped' ? inward.values : {})) as never;
  return {
    inward,
    body: JSON.parse(JSON.stringify(mapping.fromCanonical(values, context))) as Record<string, unknown>,
    created: mapping.shouldCreate(values, context),
  };
}
