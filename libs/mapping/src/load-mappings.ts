import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileMapping } from './compile-mapping.js';
import type { CompiledMapping, MappingFault } from './mapping.js';
import { parseMapping } from './parse-mapping.js';
import { Reader } from './reader.js';

/** All faults of all files, each with its place. */
export class MappingError extends Error {
  constructor(readonly faults: MappingFault[]) {
    super(`mappings are wrong:\n${faults.map((fault) => `  ${faultText(fault)}`).join('\n')}`);
  }
}

export function faultText({ file, line, column, message, hint }: MappingFault): string {
  return `${file}:${line}:${column}: ${message}${hint ? `; ${hint}` : ''}`;
}

/** Reads `<folder>/<connector>/<stream>.yaml`. @throws MappingError */
export function loadMappings(folder: string): CompiledMapping[] {
  const faults: MappingFault[] = [];
  const mappings: { mapping: CompiledMapping; file: string }[] = [];
  for (const file of mappingFiles(folder)) {
    const parsed = parseMapping(readFileSync(join(folder, file), 'utf8'), file);
    faults.push(...parsed.faults);
    if (parsed.mapping) mappings.push({ mapping: compileMapping(parsed.mapping), file });
  }
  faults.push(...validateTogether(mappings));
  if (faults.length > 0) throw new MappingError(faults);
  return mappings.map((one) => one.mapping);
}

function mappingFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) =>
      readdirSync(join(folder, entry.name))
        .filter((name) => name.endsWith('.yaml') && !name.endsWith('.examples.yaml'))
        .map((name) => join(entry.name, name)),
    )
    .sort();
}

/** One survivorship rule per object and field, whatever the source: mappings that disagree are refused. */
export function validateTogether(mappings: { mapping: CompiledMapping; file: string }[]): MappingFault[] {
  const rules = new Map<string, { wins: string; onBoth: string; file: string }>();
  const faults: MappingFault[] = [];
  for (const { mapping, file } of mappings) {
    for (const [at, { to, wins, onBoth }] of mapping.fields.entries()) {
      const key = `${mapping.into}.${to}`;
      const known = rules.get(key);
      if (!known) rules.set(key, { wins, onBoth, file });
      else if (known.wins !== wins || known.onBoth !== onBoth) {
        faults.push({
          ...new Reader(mapping.text, file).placeOf(['fields', at, wins === known.wins ? 'onBoth' : 'wins']),
          message: `${key} has wins: ${wins}, onBoth: ${onBoth} here and wins: ${known.wins}, onBoth: ${known.onBoth} in ${known.file}; there is one rule per field`,
        });
      }
    }
  }
  return faults;
}
