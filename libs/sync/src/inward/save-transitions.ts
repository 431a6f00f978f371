import { randomUUID } from 'node:crypto';
import { canonicalHash, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import { insertRows, type Column } from '#hub/persistence';
import { isSaved, type BatchWork, type Item } from './batch-work.js';

const column = (name: string, type: Column['type']): Column => ({ name, type });
const TRANSITION: Column[] = [
  column('id', 'uuid'),
  column('application_id', 'uuid'),
  column('from_stage', 'jsonb'),
  column('to_stage', 'jsonb'),
  column('bucket_from', 'text'),
  column('bucket_to', 'text'),
  column('entered_at', 'timestamptz'),
  column('observed_at', 'timestamptz'),
  column('connection_id', 'uuid'),
  column('inferred', 'boolean'),
  column('dedupe_key', 'uuid'),
];

/** Appends the stage moves that this batch shows. Dated by the vendor where it says when, else inferred from when we saw it. */
export async function saveTransitions(work: BatchWork): Promise<void> {
  if (work.stream.object !== 'application') return;
  const moved = work.items.filter(
    (item) => isSaved(item) && stageKey(item.values) !== undefined && stageKey(item.values) !== stageKey(item.known?.values),
  );
  await insertRows(work.tx, 'stage_transition', {
    columns: TRANSITION,
    rows: moved.map((item) => transitionRow(work, item)),
    conflict: 'ON CONFLICT (tenant_id, dedupe_key) DO NOTHING',
  });
}

function transitionRow(work: BatchWork, item: Item): unknown[] {
  const from = item.known?.values.stage ?? null;
  const to = item.values.stage;
  const dated = typeof item.values.stageEnteredAt === 'string' && item.values.stageEnteredAt !== item.known?.values.stageEnteredAt;
  const enteredAt = dated ? (item.values.stageEnteredAt as string) : work.now.toISOString();
  return [
    randomUUID(),
    item.recordId,
    from,
    to,
    bucketOf(from),
    bucketOf(to),
    enteredAt,
    work.now,
    work.stream.connection.id,
    !dated,
    canonicalHash([item.recordId, stageKey(item.values) ?? null, enteredAt]),
  ];
}

function stageKey(values: CanonicalValues | undefined): string | undefined {
  const stage = values?.stage;
  if (stage === null || typeof stage !== 'object' || Array.isArray(stage)) return undefined;
  return String(stage.externalId ?? stage.bucket);
}

function bucketOf(stage: CanonicalValue): string | null {
  return stage !== null && typeof stage === 'object' && !Array.isArray(stage) && typeof stage.bucket === 'string' ? stage.bucket : null;
}
