import type { Budget, FileStore, KnownFile, ReceivedRecord, ReceivedStore, TokenStore } from './ports.js';

/** Credentials held in memory, for tests and for `tributary doctor`. */
export function memoryTokens(values: Record<string, string> = {}): TokenStore {
  let last: Promise<unknown> = Promise.resolve();
  return {
    read: async (field) => values[field],
    alone(work) {
      const written: Record<string, string> = {};
      const held = {
        read: async (field: string) => written[field] ?? values[field],
        write: async (field: string, value: string) => void (written[field] = value),
      };
      const turn = last.then(() => work(held)).then((result) => (Object.assign(values, written), result));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** A budget of one process: evenly spaced calls per account, with a burst of one second. */
export function memoryBudget(now: () => number = Date.now): Budget {
  const nextFree = new Map<string, number>();
  const blockedUntil = new Map<string, number>();
  const inside = new Map<string, number>();
  return {
    async take(account, { perSecond }) {
      const at = now();
      const blocked = (blockedUntil.get(account) ?? 0) - at;
      if (blocked > 0) return blocked;
      const earliest = Math.max(nextFree.get(account) ?? 0, at - 1_000);
      if (earliest > at) return earliest - at;
      nextFree.set(account, earliest + 1_000 / perSecond);
      return 0;
    },
    async block(account, forMs) {
      blockedUntil.set(account, Math.max(blockedUntil.get(account) ?? 0, now() + forMs));
    },
    async enter(account, { concurrent }) {
      const taken = inside.get(account) ?? 0;
      if (taken >= concurrent) return undefined;
      inside.set(account, taken + 1);
      return { leave: () => void inside.set(account, (inside.get(account) ?? 1) - 1) };
    },
  };
}

const PAGE = 2;

/** What partners brought, in memory; its pages are small so that walks have several. */
export function memoryReceived(now: () => Date = () => new Date()): ReceivedStore {
  const streams = new Map<string, Map<string, ReceivedRecord & { place: number }>>();
  let places = 0;
  return (stream) => {
    const records = streams.get(stream) ?? new Map<string, ReceivedRecord & { place: number }>();
    streams.set(stream, records);
    const bare = ({ place: _, ...record }: ReceivedRecord & { place: number }): ReceivedRecord => record;
    return {
      async page(after) {
        const left = [...records.values()].filter(({ place }) => place > Number(after)).sort((a, b) => a.place - b.place);
        const page = left.slice(0, PAGE);
        return { records: page.map(bare), last: page.at(-1)?.place.toString(), more: left.length > PAGE };
      },
      async read(externalId) {
        const found = records.get(externalId);
        return found && bare(found);
      },
      async write(externalId, payload) {
        places += 1;
        const receivedAt = records.get(externalId)?.receivedAt ?? now();
        records.set(externalId, { externalId, payload, version: String(places), receivedAt, place: places });
      },
    };
  };
}

/** Copies of files in memory. What could not be had is asked for again at once. */
export function memoryFiles(): FileStore {
  const kept = new Map<string, KnownFile[]>();
  return (stream) => {
    const place = (externalId: string) => `${stream} ${externalId}`;
    return {
      known: async (externalIds) => new Map(externalIds.map((externalId) => [externalId, kept.get(place(externalId)) ?? []])),
      async keep(externalId, { id, mime, sha256, bytes }) {
        const others = (kept.get(place(externalId)) ?? []).filter((one) => one.id !== id);
        kept.set(place(externalId), [...others, { id, copy: { mime, size: bytes.length, sha256 }, waits: false }]);
      },
      missed: async () => undefined,
    };
  };
}
