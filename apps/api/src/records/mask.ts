import { OBJECTS, type CanonicalValues, type ObjectName } from '#hub/canonical';

/** Stands for a value that is not shown. */
export const MASK = '•••';

/** Unknown fields are not public: a class must be given before a value is shown. */
export function isPublic(object: ObjectName, field: string): boolean {
  return OBJECTS[object]?.fields[field]?.class === 'public';
}

export function maskValues(object: ObjectName, values: CanonicalValues): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([field, value]) => [field, isPublic(object, field) || value === null ? value : MASK]),
  );
}
