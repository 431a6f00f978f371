import { hash } from 'node:crypto';

/** A file whose bytes are here. A payload names it by `sha256`; its bytes are stored apart. */
export interface ReceivedFile {
  /** Hexadecimal. */
  sha256: string;
  mime: string;
  bytes: Buffer;
}
/** What a payload says of a file. Without a copy (yet) `size` and `sha256` are null. */
export interface FileNote {
  filename: string;
  mime: string | null;
  /** Bytes. */
  size: number | null;
  sha256: string | null;
}

/** A file as it came, and what the payload says of it. */
export function fileOf({ filename, mime, bytes }: { filename: string; mime: string; bytes: Buffer }): {
  file: ReceivedFile;
  note: FileNote;
} {
  const sha256 = hash('sha256', bytes, 'hex');
  return { file: { sha256, mime, bytes }, note: { filename, mime, size: bytes.length, sha256 } };
}
