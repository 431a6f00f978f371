import type { Hub } from '../hub.js';
import { requestRun, type RunAnswer, type RunKind } from '../runs/request-run.js';
import type { TenantTx } from '#hub/persistence';
import { audit, Refusal, type Actor } from './actor.js';
import { dispatchSoon } from './dispatch-soon.js';

export interface StreamRun {
  connectionId: string;
  stream: string;
  kind: RunKind;
  answer: RunAnswer;
}
interface Wish {
  kind: 'sync' | 'reconcile';
  connectionId?: string;
  stream?: string;
}
interface StreamRow {
  id: string;
  name: string;
  connection_id: string;
  connector: string;
}

/** Asks for runs of one stream, or of all, parents before children. */
export async function runStreams(hub: Hub, actor: Actor, wish: Wish): Promise<StreamRun[]> {
  const runs = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const streams = await wishedStreams(tx, wish);
    const asked: StreamRun[] = [];
    for (const stream of inOrder(hub, streams)) {
      const answer = await requestRun(tx, {
        kind: wish.kind,
        connectionId: stream.connection_id,
        streamId: stream.id,
        cause: 'person',
        requestedBy: actor.id,
      });
      asked.push({ connectionId: stream.connection_id, stream: stream.name, kind: wish.kind, answer });
    }
    await audit(tx, actor, {
      action: `run.${wish.kind}`,
      subject: { kind: 'connection', id: wish.connectionId ?? 'all' },
      after: { stream: wish.stream },
    });
    return asked;
  });
  await dispatchSoon(hub, actor.tenantId, runs);
  return runs;
}

async function wishedStreams(tx: TenantTx, wish: Wish): Promise<StreamRow[]> {
  const streams = await tx.query<StreamRow>(
    `SELECT s.id, s.name, s.connection_id, c.connector FROM stream s JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id
     WHERE ($1::uuid IS NULL OR s.connection_id = $1) AND ($2::text IS NULL OR s.name = $2) AND c.deleted_at IS NULL ORDER BY c.system_of_record DESC, c.created_at, s.name`,
    [wish.connectionId ?? null, wish.stream ?? null],
  );
  if (streams.length === 0 && (wish.connectionId ?? wish.stream))
    throw new Refusal(404, 'NOT_FOUND', 'there is no such connection or stream');
  return streams;
}

function inOrder(hub: Hub, streams: StreamRow[]): StreamRow[] {
  const depth = (stream: StreamRow, seen: string[] = []): number => {
    const after = hub.connectors.get(stream.connector)?.streams[stream.name]?.after ?? [];
    const parents = streams.filter(
      (other) => other.connection_id === stream.connection_id && after.includes(other.name) && !seen.includes(other.name),
    );
    return parents.length === 0 ? 0 : 1 + Math.max(...parents.map((parent) => depth(parent, [...seen, stream.name])));
  };
  return [...streams].sort((a, b) => depth(a) - depth(b));
}
