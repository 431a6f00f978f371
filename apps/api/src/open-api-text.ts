import pino from 'pino';
import type { Hub } from '#hub/sync';
import { createApi } from './create-api.js';
import { apiDocument } from './open-api.js';

/** The committed text of docs/openapi.json: names in order, no server address. Needs no database. */
export async function openApiText(): Promise<string> {
  const nothing = { installation: { egress: [] } } as unknown as Hub;
  const { app } = await createApi(nothing, pino({ level: 'silent' }));
  try {
    return `${JSON.stringify(sorted(apiDocument(app)), undefined, 2)}\n`;
  } finally {
    await app.close();
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
