import assert from 'node:assert/strict';
import type { Connector } from '../connector.js';
import type { PartnerAnswer, PartnerRoute } from '../partners/partner-api.js';
import type { ReceivedStore } from '../ports.js';
import { validateSettings } from '../validate-settings.js';
import { NOW, type ConformanceServer } from './harness.js';

export interface SampleCall {
  route: PartnerRoute;
  body?: unknown;
  query?: Record<string, string>;
}

/** A route's answer to a call, over what `store` holds. */
export async function callPartner(
  { connector, server }: { connector: Connector; server: ConformanceServer },
  { route, body, query = {} }: SampleCall,
  store: ReceivedStore,
): Promise<PartnerAnswer> {
  const { partner } = server;
  assert.ok(connector.partnerApi && partner);
  const settings = validateSettings(connector.settings as new () => object, server.settings(server.url));
  return connector.partnerApi.routes[route]({
    settings,
    now: NOW,
    query,
    body,
    received: (stream, externalId) => store(stream).read(externalId),
    record: async (object, name) => partner.record(object, name),
  });
}

export async function keepIn(store: ReceivedStore, { keep = [] }: PartnerAnswer): Promise<void> {
  for (const { stream, externalId, payload } of keep) await store(stream).write(externalId, payload);
}
