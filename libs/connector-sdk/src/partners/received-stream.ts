import type { ObjectName } from '#hub/canonical';
import type { Fetched, PulledPage, PushDefinition, RawRecord, StreamDefinition } from '../connector.js';
import { ConnectorFailure } from '../failure.js';
import type { ReceivedRecord, ReceivedRecords } from '../ports.js';

const CURSOR = /^received:(\d{1,18})$/;

/** A stream of what partners brought by their calls: it is walked and read where the hub keeps it. Nothing of it ever goes by itself. */
export function receivedStream<Settings>(stream: {
  entity: ObjectName;
  after?: string[];
  push?: PushDefinition<Settings>;
}): StreamDefinition<Settings> {
  return {
    ...stream,
    received: true,
    cursor: { kind: 'history' },
    deletes: 'none',
    pull: ({ received, cursor }) => pageAfter(received, cursor),
    fetch: ({ received, externalId }) => fetchFrom(received, externalId),
  };
}

async function pageAfter(received: ReceivedRecords, cursor: string | undefined): Promise<PulledPage> {
  const after = cursor === undefined ? '0' : CURSOR.exec(cursor)?.[1];
  if (after === undefined) throw new ConnectorFailure({ code: 'CURSOR_EXPIRED', detail: 'the cursor is none of this stream' });
  const { records, last, more } = await received.page(after);
  return { records: records.map(toRaw), nextCursor: `received:${last ?? after}`, done: !more };
}

async function fetchFrom(received: ReceivedRecords, externalId: string): Promise<Fetched> {
  const record = await received.read(externalId);
  return record ? { state: 'found', record: toRaw(record) } : { state: 'gone' };
}

function toRaw({ externalId, payload, version }: ReceivedRecord): RawRecord {
  return { externalId, payload, version };
}
