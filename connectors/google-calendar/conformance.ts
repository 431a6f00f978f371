import { randomUUID } from 'node:crypto';
import type { NamedHarness } from '#hub/connector-sdk/conformance';
import { CLIENT, startSimulator } from './simulator.js';

const at = (hour: number): object => ({ dateTime: `2026-12-01T${hour}:00:00.000Z` });
const written = (hour: number) => (summary: string) => ({
  body: { summary, status: 'confirmed', start: at(hour), end: at(hour + 1) },
  changed: ['summary', 'start.dateTime', 'end.dateTime'],
  parents: {},
});

const times = {
  create: (start: string, end: string) => ({
    body: { summary: 'times', status: 'confirmed', start: { dateTime: start }, end: { dateTime: end } },
    changed: [],
    parents: {},
  }),
  read: (payload: unknown) => {
    const { start, end } = payload as Record<'start' | 'end', { dateTime: string }>;
    return [start.dateTime, end.dateTime];
  },
};

/** The simulator was written from Google's reference; nobody has held it against Google. */
export const harnesses: NamedHarness[] = [
  {
    stream: 'events',
    on: 'its simulator',
    evidence: 'fixtures',
    async start() {
      const { url, channels, stop } = await startSimulator();
      return {
        url,
        settings: (origin) => ({ apiUrl: origin, tokenUrl: `${origin}/token`, signInUrl: `${origin}/auth`, callsPerSecond: 1_000 }),
        credentials: { ...CLIENT },
        expectAtLeast: 3,
        loseCursor: (cursor) => JSON.stringify({ ...(JSON.parse(cursor) as object), token: 'sync-999999' }),
        unknownId: 'nobody00',
        webhook: {
          sample: Buffer.alloc(0),
          sign: (_, secret) => ({ 'x-goog-channel-token': secret, 'x-goog-channel-id': 'c1', 'x-goog-message-number': '2' }),
        },
        subscriptions: { open: () => channels().map(({ id }) => id) },
        write: { create: written(10), update: written(14), newWriteId: randomUUID, times },
        stop,
      };
    },
  },
];
