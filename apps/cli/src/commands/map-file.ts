import { existsSync, readFileSync } from 'node:fs';
import { usage } from '../cli-failure.js';

/** @throws CliFailure for a file that cannot be read */
export function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw usage(`${file} cannot be read`);
  }
}

/** `ashby.candidates@3` → its name and version. */
export function nameAndVersion(text: string): { name: string; version: number } {
  const match = /^(.+)@(\d+)$/.exec(text);
  if (!match) throw usage(`"${text}" names no version: write name@version, such as ashby.candidates@3`);
  return { name: match[1], version: Number(match[2]) };
}

/** A mapping by file or as name@version, for the API. */
export function choiceOf(wanted: string | undefined): { text?: string; name?: string; version?: number } {
  if (wanted === undefined) return {};
  if (existsSync(wanted)) return { text: fileText(wanted) };
  return wanted.includes('@') ? nameAndVersion(wanted) : { name: wanted };
}
