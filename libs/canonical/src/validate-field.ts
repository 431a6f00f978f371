import { fieldOf } from './definitions.js';
import { brokenRule } from './field-types.js';
import type { CanonicalValue, ObjectName } from './objects.js';

/** The rule that a field's value breaks, without the value, or undefined. */
export function validateField(object: ObjectName, field: string, value: CanonicalValue): { rule: string; message: string } | undefined {
  const definition = fieldOf(object, field);
  if (!definition) return { rule: 'unknown', message: `${object} has no field named ${field}` };
  const rule = brokenRule(definition.type, value);
  return rule ? { rule: definition.type.kind, message: `${field} ${rule}` } : undefined;
}
