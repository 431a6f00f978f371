import {
  autoThreshold,
  calibration,
  DatasetBuilder,
  matchEverybody,
  PeopleScorer,
  PERSON_FIELDS,
  personRow,
  probabilityOf,
  reliabilityCurve,
  takeFrequencies,
  trainModel,
  type DecidedPair,
  type PeopleRules,
} from '#hub/identity';
import { faultText } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import { parseIdentityRules } from '../identity/parse-rules.js';
import { loadEverybody, loadEveryDecision } from '../identity/everybody.js';
import { activeModel, activeRules, modelVersion, SHIPPED, withRules } from '../identity/people-model.js';
import { askRematch } from '../identity/rematch.js';
import { simulatePeople, type Simulation } from '../identity/simulate-people.js';
import { loadStreams, withSurvivorship } from '../stream-context.js';
import { audit, Refusal, type Actor } from './actor.js';

/** Models and rules live alike: a draft is simulated, then approved. */
export type VersionKind = 'model' | 'rules';
const TABLES: Record<VersionKind, string> = { model: 'identity_model', rules: 'identity_rules' };
/** Fewer records teach a model nothing that the shipped one does not know better. */
const FEWEST_RECORDS = 200;

/** What a model was learned from, and how good it thinks it is. */
export interface TrainingReport {
  records: number;
  filled: Record<string, number>;
  prior: number;
  candidatePairs: { auto: number; review: number };
  /** By the model's own probabilities, of what it would merge without a person. */
  estimatedPrecision: number;
  estimatedRecall: number;
  decided: { pairs: number; same: number };
  threshold: { auto: number; review: number; proved: boolean; pairs: number };
  reliability: ReturnType<typeof reliabilityCurve>;
  calibration: ReturnType<typeof calibration>;
}

/** Learns a model from the tenant's own records. It decides nothing before it was simulated and approved. */
export async function trainPeople(hub: Hub, actor: Actor): Promise<{ version: number; report: TrainingReport }> {
  const { people, decisions, rules } = await hub.database.inTenant(actor.tenantId, async (tx) => ({
    people: (await loadEverybody(tx)).filter(({ live }) => live),
    decisions: await loadEveryDecision(tx, 'human'),
    rules: await activeRules(tx),
  }));
  if (people.length < FEWEST_RECORDS)
    throw new Refusal(
      409,
      'TOO_FEW_RECORDS',
      `a model needs at least ${FEWEST_RECORDS} candidates' records, and there are ${people.length}; the shipped one goes on`,
    );
  const { denied } = withRules(SHIPPED, rules);
  const builder = new DatasetBuilder(PERSON_FIELDS);
  for (const { order, values } of people) builder.add(personRow(order, values, denied));
  const dataset = builder.build({ within: true });
  const model = { ...trainModel(dataset), frequencies: takeFrequencies(dataset) };
  // Where hardly anybody is there twice, the likest strangers are taken for one person: more of them than there are records.
  if ((model.prior * people.length * (people.length - 1)) / 2 > people.length)
    throw new Refusal(409, 'TOO_FEW_DUPLICATES', 'these records hold too few people twice to learn from them; the model of now goes on');
  const known = new Set(people.map(({ recordId }) => recordId));
  const scorer = new PeopleScorer(people, { model, bands: SHIPPED.bands, denied });
  const decided = decisions.flatMap(({ a, b, verdict }): DecidedPair[] =>
    (verdict === 'same' || verdict === 'different') && known.has(a) && known.has(b)
      ? [{ score: scorer.score(a, b), same: verdict === 'same' }]
      : [],
  );
  const threshold = autoThreshold(decided, SHIPPED.bands.auto);
  const bands = { ...SHIPPED.bands, auto: threshold.threshold };
  const { edges } = matchEverybody({ people, decisions, ...withRules({ version: -1, model, bands }, rules) });
  const report: TrainingReport = {
    records: people.length,
    filled: Object.fromEntries(dataset.columns.map(({ name, filled }) => [name, filled])),
    prior: model.prior,
    ...estimates(edges),
    decided: { pairs: decided.length, same: decided.filter(({ same }) => same).length },
    threshold: { ...bands, proved: threshold.proved, pairs: threshold.pairs },
    reliability: reliabilityCurve(decided),
    calibration: calibration(decided),
  };
  const version = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const next = await nextVersion(tx, 'model');
    await tx.query(
      `INSERT INTO identity_model (tenant_id, version, state, model, bands, report, created_by) VALUES ($1, $2, 'draft', $3, $4, $5, $6)`,
      [tx.tenantId, next, JSON.stringify(model), JSON.stringify(bands), JSON.stringify(report), actor.id],
    );
    await audit(tx, actor, { action: 'identity.train', subject: { kind: 'model', id: String(next) }, after: { records: people.length } });
    return next;
  });
  return { version, report };
}

function estimates(
  edges: { score: number; band: string }[],
): Pick<TrainingReport, 'candidatePairs' | 'estimatedPrecision' | 'estimatedRecall'> {
  const auto = edges.filter(({ band }) => band === 'auto');
  const sum = (some: { score: number }[]) => some.reduce((total, { score }) => total + probabilityOf(score), 0);
  const all = sum(edges);
  return {
    candidatePairs: { auto: auto.length, review: edges.length - auto.length },
    estimatedPrecision: auto.length === 0 ? 1 : sum(auto) / auto.length,
    estimatedRecall: all === 0 ? 1 : sum(auto) / all,
  };
}

/** Keeps a draft of rules. @throws Refusal with every fault and its line and column */
export async function draftRules(hub: Hub, actor: Actor, text: string): Promise<{ version: number; rules: PeopleRules }> {
  const { rules, faults } = parseIdentityRules(text);
  if (!rules)
    throw new Refusal(
      422,
      'INVALID_RULES',
      `the rules have ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}: ${faultText(faults[0])}`,
      faults.map((fault) => ({ pointer: '/text', code: 'rules', detail: faultText(fault) })),
      { faults },
    );
  const version = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const next = await nextVersion(tx, 'rules');
    await tx.query(`INSERT INTO identity_rules (tenant_id, version, state, text, rules, created_by) VALUES ($1, $2, 'draft', $3, $4, $5)`, [
      tx.tenantId,
      next,
      text,
      JSON.stringify(rules),
      actor.id,
    ]);
    await audit(tx, actor, { action: 'identity.rules', subject: { kind: 'rules', id: String(next) } });
    return next;
  });
  return { version, rules };
}

/** Says what a version would do to every record, and keeps that with it: nothing is activated unseen. */
export async function simulateVersion(
  hub: Hub,
  actor: Actor,
  { kind, version }: { kind: VersionKind; version: number },
): Promise<Simulation> {
  const change = await hub.database.inTenant(actor.tenantId, async (tx) => {
    const rules = kind === 'rules' ? await rulesVersion(tx, version) : await activeRules(tx);
    const stored = kind === 'model' ? await modelVersion(tx, version) : await activeModel(tx, hub);
    if (!rules || !stored) throw unknownVersion(kind, version);
    const policies = (await loadStreams(tx, hub)).policiesOf('candidate');
    return {
      model: withRules(stored, rules),
      policies: kind === 'rules' ? withSurvivorship(policies, rules.survivorship?.candidate) : undefined,
    };
  });
  const simulation = await simulatePeople(hub, actor.tenantId, change);
  if (version > 0)
    await hub.database.inTenant(actor.tenantId, (tx) =>
      tx.query(
        `UPDATE ${TABLES[kind]} SET simulation = $2, state = CASE WHEN state = 'draft' THEN 'simulated' ELSE state END WHERE version = $1`,
        [version, JSON.stringify(simulation)],
      ),
    );
  return simulation;
}

/** Approves a simulated version; everybody is matched anew in the background. Version 0 goes back to what is shipped. */
export async function activateVersion(
  hub: Hub,
  actor: Actor,
  { kind, version, reason }: { kind: VersionKind; version: number; reason: string },
): Promise<void> {
  await hub.database.inTenant(actor.tenantId, async (tx) => {
    const [row] = await tx.query<{ state: string }>(`SELECT state FROM ${TABLES[kind]} WHERE version = $1 FOR UPDATE`, [version]);
    if (!row && version !== 0) throw unknownVersion(kind, version);
    if (row?.state === 'draft')
      throw new Refusal(
        409,
        'NOT_SIMULATED',
        `version ${version} was not simulated; simulate it and look at what it would do, then activate it`,
      );
    if (row?.state === 'active') throw new Refusal(409, 'ACTIVE', `version ${version} is active already`);
    const [before] = await tx.query<{ version: number }>(
      `UPDATE ${TABLES[kind]} SET state = 'retired' WHERE state = 'active' RETURNING version`,
    );
    await tx.query(`UPDATE ${TABLES[kind]} SET state = 'active', activated_at = now(), activated_by = $2 WHERE version = $1`, [
      version,
      actor.id,
    ]);
    await askRematch(tx, kind);
    await audit(tx, actor, {
      action: `identity.activate-${kind}`,
      subject: { kind, id: String(version) },
      before: { version: before?.version ?? 0 },
      after: { version, reason },
    });
  });
}

async function rulesVersion(tx: TenantTx, version: number): Promise<PeopleRules | undefined> {
  if (version === 0) return {};
  const [row] = await tx.query<{ rules: PeopleRules }>(`SELECT rules FROM identity_rules WHERE version = $1`, [version]);
  return row?.rules;
}

async function nextVersion(tx: TenantTx, kind: VersionKind): Promise<number> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`${tx.tenantId}:identity-${kind}`]);
  const [{ next }] = await tx.query<{ next: number }>(`SELECT coalesce(max(version), 0) + 1 AS next FROM ${TABLES[kind]}`);
  return next;
}

function unknownVersion(kind: VersionKind, version: number): Refusal {
  return new Refusal(404, 'NOT_FOUND', `there is no version ${version} of the ${kind}`);
}
