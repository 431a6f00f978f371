import { canonicalEquals, normaliseValues, type CanonicalValue, type CanonicalValues } from '#hub/canonical';
import type { CompiledMapping, InwardContext, MapResult } from '../mapping.js';
import type { StoredRecord } from './preview-records.js';

export interface FieldChanges {
  same: number;
  added: number;
  removed: number;
  changed: number;
  samples: { externalId: string; before?: CanonicalValue; after?: CanonicalValue }[];
}
export interface MappingDiff {
  records: number;
  /** `mapped → refused` and the like; what stays as it was is not listed. */
  outcomes: Record<string, number>;
  /** Only fields that change anywhere. */
  fields: Record<string, FieldChanges>;
  /** Records of which nothing changes. */
  unchanged: number;
}

const SAMPLES = 3;

/** Compares two versions of a mapping record by record; memory does not grow with the records. */
export class MappingDiffer {
  private readonly fields = new Map<string, FieldChanges>();
  private readonly outcomes = new Map<string, number>();
  private records = 0;
  private unchanged = 0;

  constructor(
    private readonly before: CompiledMapping,
    private readonly after: CompiledMapping,
  ) {}

  add({ externalId, payload }: StoredRecord, context: InwardContext): void {
    const [before, after] = [this.before.toCanonical(payload, context), this.after.toCanonical(payload, context)];
    this.records += 1;
    const same = before.kind === after.kind;
    if (!same) count(this.outcomes, `${before.kind} → ${after.kind}`);
    const changes = this.compare(externalId, this.valuesOf(before), this.valuesOf(after));
    if (same && changes === 0) this.unchanged += 1;
  }

  result(): MappingDiff {
    const changed = [...this.fields].filter(([, { added, removed, changed }]) => added + removed + changed > 0);
    return {
      records: this.records,
      unchanged: this.unchanged,
      outcomes: Object.fromEntries(this.outcomes),
      fields: Object.fromEntries(changed),
    };
  }

  private valuesOf(result: MapResult): CanonicalValues {
    return result.kind === 'mapped' ? normaliseValues(this.after.into, result.values) : {};
  }

  private compare(externalId: string, before: CanonicalValues, after: CanonicalValues): number {
    let changes = 0;
    for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const held = this.fields.get(field) ?? { same: 0, added: 0, removed: 0, changed: 0, samples: [] };
      this.fields.set(field, held);
      const kind = this.kindOf(field, before[field], after[field]);
      held[kind] += 1;
      if (kind === 'same') continue;
      changes += 1;
      if (held.samples.length < SAMPLES) held.samples.push({ externalId, before: before[field], after: after[field] });
    }
    return changes;
  }

  private kindOf(
    field: string,
    before: CanonicalValue | undefined,
    after: CanonicalValue | undefined,
  ): 'same' | 'added' | 'removed' | 'changed' {
    if (before === undefined) return 'added';
    if (after === undefined) return 'removed';
    return canonicalEquals(this.after.into, field, before, after) ? 'same' : 'changed';
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
