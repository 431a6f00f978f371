import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type { FileNote } from '../../files/file-of.js';
import { memoryFiles } from '../../memory-ports.js';
import { found, walk, type Kit, type Walked } from '../harness.js';
import { answer, type Check } from './check.js';

const skip = ({ connector, stream, server }: Kit) =>
  connector.streams[stream].download && server.files ? undefined : 'its records have no files';
const NO_COPIES = () => ({ known: async () => new Map<string, never>(), keep: async () => undefined, missed: async () => undefined });

function pathOf({ server }: Kit): RegExp {
  assert.ok(server.files);
  return server.files.path;
}
function notesOf({ records }: Walked): FileNote[] {
  return records.flatMap(({ payload }) => (payload as { files?: FileNote[] } | null)?.files ?? []);
}
/** A walk with copies of its own. */
async function fresh(kit: Kit, files = memoryFiles()): Promise<Walked> {
  const session = kit.open({ files });
  return walk({ ...kit, session }).finally(() => session.close());
}

const noneInside = ({ server }: Kit) => (server.filesInside ? undefined : 'its records bring no files with them');
async function withFilesInside(kit: Kit) {
  const records = (await walk(kit)).records.flatMap(({ contents = [], ...record }) =>
    contents.length > 0 ? [{ ...record, contents }] : [],
  );
  assert.ok(records.length > 0, 'no record brings a file');
  return records;
}

/** Files of records: copied once, named by their hash, from addresses that run out. */
export const fileChecks: Check[] = [
  {
    name: 'files of records are copied and named by their hash',
    skip,
    async run(kit) {
      const notes = notesOf(await fresh(kit));
      assert.ok(notes.length > 0, 'no record has a file');
      for (const { sha256, size, filename } of notes)
        assert.ok(/^[0-9a-f]{64}$/.test(sha256 ?? '') && size !== null && size > 0 && filename !== '');
    },
  },
  {
    name: 'where a file can be read now is in no payload',
    skip,
    async run(kit) {
      const path = pathOf(kit);
      for (const { payload, files } of (await fresh(kit)).records) {
        assert.equal(files, undefined);
        assert.ok(!path.test(JSON.stringify(payload)));
      }
    },
  },
  {
    name: 'an address that ran out is asked for again',
    skip,
    async run(kit) {
      kit.proxy.arm(answer(403), { path: pathOf(kit), times: 1 });
      assert.ok(notesOf(await fresh(kit)).every(({ sha256 }) => sha256 !== null));
    },
  },
  {
    name: 'a file that cannot be had does not keep its record away',
    skip,
    async run(kit) {
      const whole = await fresh(kit);
      kit.proxy.arm(answer(404), { path: pathOf(kit), times: 10_000 });
      const without = await fresh(kit);
      kit.proxy.clear();
      assert.equal(without.records.length, whole.records.length);
      assert.ok(notesOf(without).every(({ sha256 }) => sha256 === null));
    },
  },
  {
    name: 'a file is copied once',
    skip,
    async run(kit) {
      const path = pathOf(kit);
      const files = memoryFiles();
      await fresh(kit, files);
      const before = kit.proxy.seen.filter((call) => path.test(call.path)).length;
      await fresh(kit, files);
      assert.equal(kit.proxy.seen.filter((call) => path.test(call.path)).length, before);
    },
  },
  {
    name: 'a refused file is no refusal of the connection',
    skip,
    async run(kit) {
      kit.proxy.arm(answer(401), { path: pathOf(kit), times: 10_000 });
      const session = kit.open({ files: NO_COPIES });
      await assert.doesNotReject(walk({ ...kit, session }).finally(() => session.close()));
    },
  },
  {
    name: 'a file that comes inside a record is named by the hash of its bytes',
    skip: noneInside,
    async run(kit) {
      for (const { payload, contents } of await withFilesInside(kit))
        for (const { sha256, mime, bytes } of contents) {
          assert.equal(sha256, hash('sha256', bytes, 'hex'));
          assert.ok(mime !== '' && JSON.stringify(payload).includes(sha256), 'the payload does not name it');
        }
    },
  },
  {
    name: 'the bytes of a file that comes inside a record are in no payload',
    skip: noneInside,
    async run(kit) {
      for (const { payload, contents } of await withFilesInside(kit))
        for (const { bytes } of contents)
          for (const encoding of ['base64', 'utf8'] as const) assert.ok(!JSON.stringify(payload).includes(bytes.toString(encoding)));
    },
  },
  {
    name: 'a fetch brings the files inside a record, too',
    skip: noneInside,
    async run(kit) {
      for (const { externalId, contents } of await withFilesInside(kit))
        assert.deepEqual(found(await kit.session.fetch(kit.stream, { externalId, parents: {} })).contents, contents);
    },
  },
];
