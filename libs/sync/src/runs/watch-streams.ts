import { setTimeout as sleep } from 'node:timers/promises';
import { dispatchAnswer } from './dispatch-run.js';
import type { Hub } from '../hub.js';
import { requestRun } from './request-run.js';

interface Watched {
  tenantId: string;
  connectionId: string;
  streamId: string;
  name: string;
}
export interface WatchOptions {
  signal: AbortSignal;
  /** How soon a new connection is listened to, ms. */
  everyMs?: number;
  /** A line broke; `code` says how. */
  onFailure?: (failure: { streamId: string; code: string }) => void;
}

const EVERY_MS = 15_000;
const SHORTEST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** Mails come in bursts: one run reads them all. */
const GATHER_MS = 500;

/** Listens to the lines that vendors keep open, one per active stream, and asks for a run when something is new. Whatever is missed comes with the schedule. */
export async function watchStreams(hub: Hub, options: WatchOptions): Promise<void> {
  const { signal, everyMs = EVERY_MS } = options;
  if (![...hub.connectors.values()].some(({ streams }) => Object.values(streams).some(({ watch }) => watch))) return;
  const lines = new Map<string, AbortController>();
  while (!signal.aborted) {
    const wanted = await watchable(hub).catch(() => undefined);
    if (wanted) match(lines, wanted, (stream, line) => void listen(hub, stream, { ...options, signal: line }));
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
  for (const line of lines.values()) line.abort();
}

function match(lines: Map<string, AbortController>, wanted: Watched[], begin: (stream: Watched, line: AbortSignal) => void): void {
  for (const stream of wanted) {
    if (lines.has(stream.streamId)) continue;
    const line = new AbortController();
    lines.set(stream.streamId, line);
    begin(stream, line.signal);
  }
  for (const [streamId, line] of lines) {
    if (wanted.some((stream) => stream.streamId === streamId)) continue;
    line.abort();
    lines.delete(streamId);
  }
}

async function watchable(hub: Hub): Promise<Watched[]> {
  const active = (await hub.database.door<{ tenant_id: string; stream_id: string; active: boolean }>('door_streams()')).filter(
    (stream) => stream.active,
  );
  const found: Watched[] = [];
  for (const tenantId of new Set(active.map((stream) => stream.tenant_id))) {
    const rows = await hub.database.inTenant(tenantId, (tx) =>
      tx.query<{ id: string; connection_id: string; name: string; connector: string }>(
        `SELECT s.id, s.connection_id, s.name, c.connector FROM stream s JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id WHERE s.id = ANY ($1)`,
        [active.filter((stream) => stream.tenant_id === tenantId).map((stream) => stream.stream_id)],
      ),
    );
    for (const row of rows)
      if (hub.connectors.get(row.connector)?.streams[row.name]?.watch)
        found.push({ tenantId, connectionId: row.connection_id, streamId: row.id, name: row.name });
  }
  return found;
}

/** Until it is told to stop. A line that breaks is opened again, at growing distances: a wrong password is not tried every second. */
async function listen(hub: Hub, stream: Watched, { signal, onFailure }: WatchOptions): Promise<void> {
  for (let waitMs = SHORTEST_WAIT_MS; !signal.aborted; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
    const began = Date.now();
    try {
      const session = await hub.database.inTenant(stream.tenantId, (tx) => hub.open(tx, stream.connectionId));
      await session.watch(stream.name, { signal, changed: gathered(() => void askForRun(hub, stream)) }).finally(() => session.close());
      // It has no line, or its server cannot tell: the schedule does all.
      if (!signal.aborted) return;
    } catch (error) {
      onFailure?.({ streamId: stream.streamId, code: (error as { code?: string }).code ?? 'BUG' });
    }
    if (Date.now() - began > LONGEST_WAIT_MS) waitMs = SHORTEST_WAIT_MS;
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

function gathered(work: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => ((waiting = false), work()), GATHER_MS).unref();
  };
}

async function askForRun(hub: Hub, { tenantId, connectionId, streamId }: Watched): Promise<void> {
  try {
    const answer = await hub.database.inTenant(tenantId, (tx) =>
      requestRun(tx, { kind: 'sync', connectionId, streamId, cause: 'webhook' }),
    );
    await dispatchAnswer(hub, tenantId, { answer, kind: 'sync' });
  } catch {
    // The schedule asks again.
  }
}
