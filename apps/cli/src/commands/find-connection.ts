import type { ApiClient } from '../api-client.js';
import { CliFailure } from '../cli-failure.js';

export interface Stream {
  id: string;
  name: string;
  object: string;
  status: string;
  statusCode: string | null;
  statusReason: string | null;
  walk: string;
  intervalSeconds: number;
  advancedAt: string | null;
  lastRun: { state: string; endedAt: string | null } | null;
  [field: string]: unknown;
}
export interface Connection {
  id: string;
  name: string;
  connector: string;
  category: string;
  status: string;
  statusCode: string | null;
  statusReason: string | null;
  systemOfRecord: boolean;
  webhookEndpoint: string | null;
  partnerRoutes: string[];
  credentialFields: string[];
  streams: Stream[];
  [field: string]: unknown;
}

export async function listConnections(api: ApiClient): Promise<Connection[]> {
  return (await api.list<Connection>('/connections', {}, { limit: 10_000 })).items;
}

/** By id, name, or the connector where only one connection has it. @throws CliFailure that names the known ones */
export async function findConnection(api: ApiClient, wanted: string): Promise<Connection> {
  const known = await listConnections(api);
  const word = wanted.toLowerCase();
  for (const fits of [
    (one: Connection) => one.id === word,
    (one: Connection) => one.name.toLowerCase() === word,
    (one: Connection) => one.connector === word,
  ]) {
    const found = known.filter(fits);
    if (found.length === 1) return found[0];
    if (found.length > 1)
      throw new CliFailure(
        `"${wanted}" fits several connections; say the id: ${found.map(({ id, name }) => `${id} (${name})`).join(', ')}`,
      );
  }
  throw new CliFailure(`there is no connection "${wanted}"; known: ${known.map(({ name }) => `"${name}"`).join(', ') || 'none'}`);
}

/** @throws CliFailure that names the streams there are */
export function findStream(connection: Connection, wanted: string): Stream {
  const found = connection.streams.find(({ name, id }) => name === wanted || id === wanted);
  if (!found)
    throw new CliFailure(`${connection.name} has no stream "${wanted}"; it has ${connection.streams.map(({ name }) => name).join(', ')}`);
  return found;
}
