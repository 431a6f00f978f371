import { deniedBy, SHIPPED_MODEL, type Bands, type Model, type PeopleMatcher, type PeopleRules } from '#hub/identity';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';

/** What decides who is who for one tenant. */
export interface PeopleModel extends PeopleMatcher {
  /** Of the model; 0 is the shipped one. */
  version: number;
}
export interface StoredModel {
  version: number;
  model: Model;
  bands: Bands;
}
/** Two people of one name are a question only where something else agrees too. */
export const SHIPPED: StoredModel = { version: 0, model: SHIPPED_MODEL, bands: { auto: 6, review: -2 } };

const cache = new WeakMap<Hub, Map<string, StoredModel>>();

/** The tenant's active model and rules; where it has none, what is shipped. */
export async function peopleModel(tx: TenantTx, hub: Hub): Promise<PeopleModel> {
  const [active] = await tx.query<{ version: number | null; rules: PeopleRules | null }>(
    `SELECT (SELECT version FROM identity_model WHERE state = 'active') AS version, (SELECT rules FROM identity_rules WHERE state = 'active') AS rules`,
  );
  return withRules(await storedModel(tx, hub, active.version ?? 0), active.rules ?? {});
}

export function withRules({ version, model, bands }: StoredModel, rules: PeopleRules): PeopleModel {
  return {
    version,
    model,
    bands: { auto: rules.auto ?? bands.auto, review: rules.review ?? bands.review },
    identifiers: rules.identifiers,
    denied: deniedBy(rules),
  };
}

export async function activeRules(tx: TenantTx): Promise<PeopleRules> {
  const [row] = await tx.query<{ rules: PeopleRules }>(`SELECT rules FROM identity_rules WHERE state = 'active'`);
  return row?.rules ?? {};
}

export async function activeModel(tx: TenantTx, hub: Hub): Promise<StoredModel> {
  const [active] = await tx.query<{ version: number }>(`SELECT version FROM identity_model WHERE state = 'active'`);
  return storedModel(tx, hub, active?.version ?? 0);
}

/** A version never changes. */
async function storedModel(tx: TenantTx, hub: Hub, version: number): Promise<StoredModel> {
  if (version === 0) return SHIPPED;
  const known = cache.get(hub) ?? new Map<string, StoredModel>();
  cache.set(hub, known);
  const cached = known.get(tx.tenantId);
  if (cached?.version === version) return cached;
  const read = (await modelVersion(tx, version)) as StoredModel;
  known.set(tx.tenantId, read);
  return read;
}

export async function modelVersion(tx: TenantTx, version: number): Promise<StoredModel | undefined> {
  if (version === 0) return SHIPPED;
  const [row] = await tx.query<StoredModel>(`SELECT version, model, bands FROM identity_model WHERE version = $1`, [version]);
  return row;
}
