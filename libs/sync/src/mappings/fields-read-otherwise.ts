import { canonicalEquals, type CanonicalValue } from '#hub/canonical';
import type { StreamContext } from '../stream-context.js';

/** Outward fields that read otherwise in one payload of a record than in another, also where neither can be read as a whole. */
export function fieldsReadOtherwise(stream: StreamContext, input: { before: unknown; after: unknown; now: Date }): string[] {
  const read = (payload: unknown): Map<string, CanonicalValue | undefined> => {
    const fields = stream.mapping.explain(payload, { settings: stream.connection.settings, now: input.now });
    return new Map(fields.map(({ to, result, failure }) => [to, failure ? undefined : result]));
  };
  const [before, after] = [read(input.before), read(input.after)];
  return stream.mapping.outward.filter((field) => !canonicalEquals(stream.object, field, before.get(field), after.get(field)));
}
