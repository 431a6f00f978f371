import assert from 'node:assert/strict';
import { failureOf, found, sampleOf, walk, type Kit } from '../harness.js';
import { secretsOf, type Check } from './check.js';

const LONGEST_CURSOR = 16_384;
const idsOf = (records: { externalId: string }[]): string[] => records.map(({ externalId }) => externalId);
const noLoss = ({ server }: Kit) => (server.loseCursor ? undefined : 'its cursors cannot be lost');
const cursors = async (kit: Kit): Promise<string[]> => (await walk(kit)).cursors;

/** Walks, repeats, fetches and cursors of one stream. */
export const readingChecks: Check[] = [
  {
    name: 'a full walk ends and yields every record with an id',
    async run(kit) {
      const { records } = await walk(kit);
      assert.ok(records.length >= kit.server.expectAtLeast, `${records.length} records`);
      for (const { externalId } of records)
        assert.ok(typeof externalId === 'string' && externalId.length > 0 && externalId.length <= 1_000);
    },
  },
  {
    name: 'payloads are JSON',
    async run(kit) {
      for (const { payload } of (await walk(kit)).records) assert.deepEqual(JSON.parse(JSON.stringify(payload)), payload);
    },
  },
  {
    name: 'payloads tell no credential',
    async run(kit) {
      const text = JSON.stringify((await walk(kit)).records);
      for (const secret of secretsOf(kit)) assert.ok(!text.includes(secret));
    },
  },
  {
    name: 'a walk yields no record twice',
    async run(kit) {
      const ids = idsOf((await walk(kit)).records);
      assert.equal(new Set(ids).size, ids.length);
    },
  },
  {
    name: 'a record walked twice is the same',
    async run(kit) {
      const [first, second] = [await walk(kit), await walk(kit)];
      assert.deepEqual(idsOf(second.records).sort(), idsOf(first.records).sort());
      const byId = new Map(second.records.map((record) => [record.externalId, record]));
      for (const record of first.records) assert.deepEqual(byId.get(record.externalId), record);
    },
  },
  {
    name: 'a record that is fetched is the same as walked',
    async run(kit) {
      const sample = await sampleOf(kit);
      assert.deepEqual(found(await kit.session.fetch(kit.stream, { externalId: sample.externalId, parents: {} })), sample);
    },
  },
  {
    name: 'a record that was merged into another one says into which',
    skip: ({ server }) => (server.merge ? undefined : 'its records are not merged'),
    async run(kit) {
      const { merge } = kit.server;
      assert.ok(merge);
      const { from, into, told } = await merge();
      const asked = await kit.session.fetch(kit.stream, { externalId: from, parents: {} });
      if (told === undefined) assert.deepEqual(asked, { state: 'moved', movedTo: into });
      else {
        assert.notEqual(asked.state, 'found');
        assert.deepEqual(
          kit.connector.webhook?.hints(told).find(({ externalId }) => externalId === from),
          { stream: kit.stream, externalId: from, movedTo: into },
        );
      }
      assert.equal(found(await kit.session.fetch(kit.stream, { externalId: into, parents: {} })).externalId, into);
      const again = (await walk(kit)).records.find(({ externalId }) => externalId === from);
      assert.ok(!again || again.deleted || again.mergedInto === into, 'the walk yields it as if it were there');
    },
  },
  {
    name: 'an unknown id is gone, not a failure',
    async run({ session, stream, server }) {
      assert.equal((await session.fetch(stream, { externalId: server.unknownId, parents: {} })).state, 'gone');
    },
  },
  {
    name: 'a walk from the last cursor yields nothing new',
    skip: ({ server }) => (server.readsAllAgain ? 'every walk reads everything' : undefined),
    async run(kit) {
      const { cursor } = await walk(kit);
      assert.ok(cursor, 'a finished walk has a cursor');
      assert.deepEqual((await walk(kit, cursor)).records, []);
    },
  },
  {
    name: 'a walk goes on from any page in another process',
    async run(kit) {
      const whole = await walk(kit);
      for (const [at, cursor] of whole.cursors.slice(0, -1).entries()) {
        const session = kit.open();
        const rest = await walk({ ...kit, session }, cursor).finally(() => session.close());
        assert.deepEqual(idsOf(rest.records).sort(), idsOf(whole.pages.slice(at + 1).flat()).sort());
      }
    },
  },
  {
    name: 'cursors are text of a modest size',
    async run(kit) {
      for (const cursor of await cursors(kit)) assert.ok(typeof cursor === 'string' && cursor.length <= LONGEST_CURSOR);
    },
  },
  {
    name: 'cursors tell no credential',
    async run(kit) {
      const text = (await cursors(kit)).join();
      for (const secret of secretsOf(kit)) assert.ok(!text.includes(secret));
    },
  },
  {
    name: 'a cursor that the vendor no longer knows is CURSOR_EXPIRED',
    skip: noLoss,
    async run(kit) {
      const { cursor = '' } = await walk(kit);
      const lost = (await kit.server.loseCursor?.(cursor)) ?? '';
      assert.equal((await failureOf(walk(kit, lost))).code, 'CURSOR_EXPIRED');
    },
  },
  {
    name: 'a cursor that this connector never wrote is CURSOR_EXPIRED, never a silent full walk',
    async run(kit) {
      for (const text of ['no cursor of ours', '{"walk":"elsewhere"}', '[]'])
        assert.equal((await failureOf(walk(kit, text))).code, 'CURSOR_EXPIRED', text);
    },
  },
  {
    name: 'ids with characters of paths and queries reach no other record',
    async run(kit) {
      const { externalId } = await sampleOf(kit);
      for (const id of [`x/../${externalId}`, `${externalId}?a=b`, `${externalId}#x`, `../${externalId}`]) {
        const answer = await kit.session.fetch(kit.stream, { externalId: id, parents: {} }).catch(() => undefined);
        assert.ok(answer?.state !== 'found' || answer.record.externalId === id, id);
      }
    },
  },
];
