import { needed, text } from '../input.js';
import type { Candidate, FileHandle } from '../records.js';
import { Refusal } from '../refusal.js';
import type { Store } from '../store.js';
import type { Endpoints } from './endpoint.js';

/** How long an address may be used. */
const LASTS_MS = 60_000;

export const fileEndpoints: Endpoints = {
  'file.info': {
    permission: 'candidatesRead',
    fields: { fileHandle: needed(text) },
    answer: ({ store, body, origin }) => {
      const named = readHandle(body.fileHandle as string);
      if (!fileOf(store, named)) throw new Refusal('file_not_found', 'File not found');
      return { results: { url: `${origin}/files/${named.ownerId}/${named.fileId}?expires=${Date.now() + LASTS_MS}` } };
    },
  },
};

/** A handle names owner, file and moment; it is another one for every answer. */
export function withHandles(candidate: Candidate): Candidate {
  const { id: ownerId, resumeFileHandle, fileHandles } = candidate;
  const handled = (file: FileHandle): FileHandle => {
    const words = { ownerId, fileId: file.id, at: process.hrtime.bigint().toString() };
    return { ...file, handle: Buffer.from(JSON.stringify(words)).toString('base64url') };
  };
  return {
    ...candidate,
    ...(resumeFileHandle && { resumeFileHandle: handled(resumeFileHandle) }),
    fileHandles: fileHandles.map(handled),
  };
}

/** What stands at an address: a document of its own for each file. */
export function contentOf(store: Store, named: Named): Buffer | undefined {
  const file = fileOf(store, named);
  return file && Buffer.from(`%PDF-1.4\n% ${file.name} ${file.id}\n${'.'.repeat(2_000)}\n%%EOF\n`);
}

interface Named {
  ownerId: string;
  fileId: string;
}

function readHandle(handle: string): Named {
  try {
    return JSON.parse(Buffer.from(handle, 'base64url').toString()) as Named;
  } catch {
    throw new Refusal('invalid_input', 'fileHandle is none of ours');
  }
}

function fileOf(store: Store, { ownerId, fileId }: Named): FileHandle | undefined {
  const owner = store.find('candidate', ownerId);
  return [owner?.resumeFileHandle, ...(owner?.fileHandles ?? [])].find((file) => file?.id === fileId);
}
