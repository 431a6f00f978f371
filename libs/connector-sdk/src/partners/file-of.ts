import { hash } from 'node:crypto';
import type { ReceivedFile } from './partner-api.js';

/** What a payload says of a file whose bytes the hub has. */
export interface FileNote {
  filename: string;
  mime: string;
  /** Bytes. */
  size: number;
  sha256: string;
}

/** A file as it came, and what the payload says of it. */
export function fileOf(input: { filename: string; mime: string; bytes: Buffer }): { file: ReceivedFile; note: FileNote } {
  const { filename, mime, bytes } = input;
  const sha256 = hash('sha256', bytes, 'hex');
  return { file: { sha256, mime, bytes }, note: { filename, mime, size: bytes.length, sha256 } };
}
