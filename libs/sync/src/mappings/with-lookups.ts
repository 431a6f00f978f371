import type { LookupKey } from '#hub/mapping';
import type { Hub } from '../hub.js';
import type { StreamContext } from '../stream-context.js';

/** A lookup may lead to another; further than this nobody follows. */
const ROUNDS = 3;

/**
 * The stream with what its mapping looks up in other streams of the same connection: the newest stored payloads of those records.
 * A record that is not stored yet says nothing. Mappings without `lookup` cost nothing.
 */
export async function withLookups(hub: Hub, stream: StreamContext, payloads: readonly unknown[]): Promise<StreamContext> {
  if (!stream.mapping.looksUp) return stream;
  const found = new Map<string, unknown>();
  const lookup = (name: string, externalId: string): unknown => found.get(`${name} ${externalId}`);
  const context = { settings: stream.connection.settings, now: hub.now(), lookup };
  for (let round = 0; round < ROUNDS; round += 1) {
    const wanted = new Map<string, LookupKey>();
    for (const payload of payloads)
      for (const key of stream.mapping.lookups(payload, context)) if (!found.has(nameOf(key))) wanted.set(nameOf(key), key);
    if (wanted.size === 0) break;
    for (const name of wanted.keys()) found.set(name, undefined);
    await load(hub, stream, { keys: [...wanted.values()], found });
  }
  return { ...stream, lookup };
}

const nameOf = ({ stream, externalId }: LookupKey): string => `${stream} ${externalId}`;

async function load(hub: Hub, stream: StreamContext, input: { keys: LookupKey[]; found: Map<string, unknown> }): Promise<void> {
  const rows = await hub.database.inTenant(stream.tenantId, (tx) =>
    tx.query<{ stream: string; external_id: string; payload: string }>(
      `SELECT t.name AS stream, s.external_id, r.payload FROM unnest($2::text[], $3::text[]) AS asked (stream, external_id)
       JOIN stream t ON t.connection_id = $1 AND t.name = asked.stream
       JOIN source_record s ON s.tenant_id = t.tenant_id AND s.stream_id = t.id AND s.external_id = asked.external_id AND s.deleted_at IS NULL
       JOIN raw r ON r.tenant_id = s.tenant_id AND r.id = s.raw_id`,
      [stream.connection.id, input.keys.map((key) => key.stream), input.keys.map((key) => key.externalId)],
    ),
  );
  for (const row of rows) input.found.set(nameOf({ stream: row.stream, externalId: row.external_id }), JSON.parse(row.payload));
}
