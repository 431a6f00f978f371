import { createReadStream, existsSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { DatasetBuilder, FIELD_KINDS, type Dataset, type FieldKindName, type FieldMap } from '#hub/identity';
import { usage } from '../cli-failure.js';
import { fileText } from '../commands/map-file.js';

export interface PeopleFiles {
  files: string[];
  map: FieldMap;
  /** Column that says who each record is. */
  truth?: { column: string; pattern?: RegExp };
}
export interface People {
  dataset: Dataset;
  /** Who each record is, in the order in which they were read; empty without a truth column. */
  labels: string[];
}

/**
 * Reads CSV files with a header line into one data set; of several files only records of different files are compared.
 * @throws CliFailure when a file, a column or a kind of field is not there
 */
export async function readPeople({ files, map, truth }: PeopleFiles): Promise<People> {
  const builder = new DatasetBuilder(map);
  const labels: string[] = [];
  for (const [source, file] of files.entries()) {
    fileExists(file);
    const rows = createReadStream(file).pipe(parse({ trim: true, bom: true, skip_empty_lines: true, relax_column_count: true }));
    let header: string[] | undefined;
    // One for all records, each of which is taken at once: to make an object of each takes longer than to read it.
    const row: Record<string, string | undefined> = {};
    rows.on('data', (cells: string[]) => {
      if (header === undefined) {
        header = cells;
        const refusal = refusalOf(header, { file, map, truth });
        if (refusal) rows.destroy(refusal);
        return;
      }
      for (let at = 0; at < header.length; at++) row[header[at]] = cells[at];
      builder.add(row, source);
      if (truth) labels.push(labelOf(row[truth.column] ?? '', truth.pattern));
    });
    try {
      await finished(rows);
    } catch (failure) {
      throw failure instanceof CsvError ? usage(`${file} is no CSV: ${failure.message}`) : failure;
    }
    if (header === undefined) throw usage(`${file} is empty; its first line must name the columns`);
  }
  return { dataset: builder.build({ within: files.length === 1 }), labels };
}

/** A map is JSON, `{ "column": "kind", … }`. */
export function readFieldMap(file: string): FieldMap {
  const map = parseJson(file);
  const kinds = [...Object.keys(FIELD_KINDS), 'fullName', 'id'];
  if (typeof map !== 'object' || map === null || Array.isArray(map) || Object.keys(map).length === 0)
    throw usage(`${file} must be a JSON object of columns and what they hold, such as { "surname": "familyName" }`);
  for (const [column, kind] of Object.entries(map))
    if (!kinds.includes(String(kind))) throw usage(`${file}: "${column}" is "${String(kind)}", which is none of ${kinds.join(', ')}`);
  return map as Record<string, FieldKindName>;
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(fileText(file));
  } catch (failure) {
    if (failure instanceof SyntaxError) throw usage(`${file} is no JSON: ${failure.message}`);
    throw failure;
  }
}

function fileExists(file: string): void {
  if (!existsSync(file)) throw usage(`${file} cannot be read`);
}

function refusalOf(header: string[], { file, map, truth }: { file: string; map: FieldMap; truth?: { column: string } }): Error | undefined {
  const wanted = [...Object.keys(map), ...(truth ? [truth.column] : [])];
  const missing = wanted.find((column) => !header.includes(column));
  return missing === undefined ? undefined : usage(`${file} has no column "${missing}"; it has ${header.join(', ')}`);
}

/** The first group of the pattern, or the whole text. */
function labelOf(text: string, pattern?: RegExp): string {
  return pattern?.exec(text)?.[1] ?? text;
}
