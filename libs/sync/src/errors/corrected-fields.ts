import { canonicalEquals, type CanonicalValue } from '#hub/canonical';
import type { StreamContext } from '../stream-context.js';

/** Outward fields that read otherwise in the edited payload than in the one that the vendor sent (JSON text). */
export function correctedFields(stream: StreamContext, edit: { before: string | null; after: unknown; now: Date }): string[] {
  const read = (payload: unknown): Map<string, CanonicalValue | undefined> => {
    const fields = stream.mapping.explain(payload, { settings: stream.connection.settings, now: edit.now });
    return new Map(fields.map(({ to, result, failure }) => [to, failure ? undefined : result]));
  };
  const [before, after] = [read(JSON.parse(edit.before ?? 'null')), read(edit.after)];
  return stream.mapping.outward.filter((field) => !canonicalEquals(stream.object, field, before.get(field), after.get(field)));
}
