import type { RawRecord, VendorFile } from '../connector.js';
import { ConnectorFailure } from '../failure.js';
import type { Downloaded } from '../http.js';
import type { KnownFile, RecordFiles } from '../ports.js';
import { fileOf, type FileNote } from './file-of.js';

const RECORDS_AT_ONCE = 4;
/** These stop everything, not one file. */
const STOPPING = new Set(['AUTH', 'RATE_LIMITED', 'CONFIG', 'BUG']);

interface Copying {
  /** Without one no copies are made. */
  store?: RecordFiles;
  download: (externalId: string, file: VendorFile) => Promise<Downloaded>;
}

/**
 * Copies the files of records that the hub does not have yet, and puts what is known of each into the payload, as `files`. A file that
 * cannot be had does not keep its record away: it is noted without a hash, and asked for again later.
 */
export async function copyFiles(records: RawRecord[], copying: Copying): Promise<RawRecord[]> {
  const having = records.filter(({ files }) => files && files.length > 0);
  const known = having.length > 0 ? await copying.store?.known(having.map(({ externalId }) => externalId)) : undefined;
  const done: RawRecord[] = [];
  for (let start = 0; start < records.length; start += RECORDS_AT_ONCE) {
    const together = records.slice(start, start + RECORDS_AT_ONCE);
    done.push(...(await Promise.all(together.map((record) => withNotes(record, known?.get(record.externalId) ?? [], copying)))));
  }
  return done;
}

async function withNotes({ files, ...record }: RawRecord, known: KnownFile[], copying: Copying): Promise<RawRecord> {
  if (!files) return record;
  const notes: object[] = [];
  for (const file of files) {
    const note = await noteOf(record.externalId, file, { ...copying, known: known.find(({ id }) => id === file.id) });
    notes.push({ id: file.id, kind: file.kind ?? null, ...note });
  }
  return { ...record, payload: { ...(record.payload as object), files: notes } };
}

async function noteOf(externalId: string, file: VendorFile, input: Copying & { known?: KnownFile }): Promise<FileNote> {
  const { id, filename, mime = null } = file;
  const { known, store, download } = input;
  // In one order always: a payload is compared as text.
  if (known?.copy) return { filename, mime: known.copy.mime, size: known.copy.size, sha256: known.copy.sha256 };
  const missing: FileNote = { filename, mime, size: null, sha256: null };
  if (!store || known?.waits) return missing;
  try {
    const { bytes, mime: served } = await download(externalId, file);
    const { file: copy, note } = fileOf({ filename, mime: mime ?? served, bytes });
    await store.keep(externalId, { id, ...copy });
    return note;
  } catch (error) {
    if (!(error instanceof ConnectorFailure) || STOPPING.has(error.code)) throw error;
    await store.missed(externalId, id, error.code);
    return missing;
  }
}
