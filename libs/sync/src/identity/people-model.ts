import { SHIPPED_MODEL, type Bands, type Model } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';

/** What decides who is who for one tenant. Version 0 is the shipped one. */
export interface PeopleModel {
  version: number;
  model: Model;
  bands: Bands;
}
/** Two people of one name are a question only where something else agrees too. */
const SHIPPED: PeopleModel = { version: 0, model: SHIPPED_MODEL, bands: { auto: 6, review: -2 } };

const cache = new WeakMap<Hub, Map<string, PeopleModel>>();

/** The tenant's active model, else the shipped one. */
export async function peopleModel(tx: TenantTx, hub: Hub): Promise<PeopleModel> {
  const [active] = await tx.query<{ version: number }>(`SELECT version FROM identity_model WHERE state = 'active'`);
  if (!active) return SHIPPED;
  const known = cache.get(hub) ?? new Map<string, PeopleModel>();
  cache.set(hub, known);
  const cached = known.get(tx.tenantId);
  if (cached?.version === active.version) return cached;
  const [read] = await tx.query<PeopleModel>(`SELECT version, model, bands FROM identity_model WHERE version = $1`, [active.version]);
  known.set(tx.tenantId, read);
  return read;
}
