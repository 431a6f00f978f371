import type { CompiledMapping, InwardContext, MapResult, RecordFailure } from '../mapping.js';

export interface StoredRecord {
  externalId: string;
  payload: unknown;
}
export interface PreviewedRecord {
  externalId: string;
  outcome: MapResult['kind'];
  /** What refuses the record, or blocks fields of it. */
  failures: RecordFailure[];
  values: Record<string, unknown>;
}
export interface MappingPreview {
  records: PreviewedRecord[];
  outcomes: Record<MapResult['kind'], number>;
  /** Canonical field → share of the mapped records that have a value there, in percent with one decimal. */
  coverage: Record<string, number>;
}

/** What a mapping makes of records, those with problems first. Nothing is stored. */
export function previewRecords(mapping: CompiledMapping, records: readonly StoredRecord[], context: InwardContext): MappingPreview {
  const previewed = records.map(({ externalId, payload }) => previewed1(mapping, { externalId, payload }, context));
  const mapped = previewed.filter((record) => record.outcome === 'mapped');
  const outcomes = { mapped: mapped.length, excluded: 0, refused: 0 };
  for (const { outcome } of previewed) if (outcome !== 'mapped') outcomes[outcome] += 1;
  const share = (field: string): number => {
    const filled = mapped.filter(({ values }) => values[field] !== undefined && values[field] !== null).length;
    return mapped.length === 0 ? 0 : Math.round((filled / mapped.length) * 1_000) / 10;
  };
  return {
    records: previewed.sort((a, b) => urgency(a) - urgency(b)),
    outcomes,
    coverage: Object.fromEntries(mapping.inward.map((field) => [field, share(field)])),
  };
}

function previewed1(mapping: CompiledMapping, { externalId, payload }: StoredRecord, context: InwardContext): PreviewedRecord {
  const result = mapping.toCanonical(payload, context);
  if (result.kind === 'excluded') return { externalId, outcome: 'excluded', failures: [], values: {} };
  if (result.kind === 'refused') return { externalId, outcome: 'refused', failures: result.failures, values: {} };
  return { externalId, outcome: 'mapped', failures: result.blocked, values: result.values };
}

function urgency({ outcome, failures }: PreviewedRecord): number {
  if (outcome === 'refused') return 0;
  return failures.length > 0 ? 1 : outcome === 'excluded' ? 3 : 2;
}
