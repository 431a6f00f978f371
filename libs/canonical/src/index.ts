export { canonicalEquals, canonicalEqualsValue, NORMALISER_VERSION, normaliseValues } from './canonical-equals.js';
export { canonicalHash, canonicalJson, uuidOf } from './canonical-json.js';
export {
  INTERVIEW_STATUSES,
  OBJECTS,
  OUTCOMES,
  STAGE_BUCKETS,
  type FieldClass,
  type FieldDefinition,
  type ObjectDefinition,
} from './definitions.js';
export { FAILURE_CODES, type FailureCode } from './failure.js';
export { brokenRule, type FieldType } from './field-types.js';
export { OBJECT_NAMES, type CanonicalValue, type CanonicalValues, type ObjectName } from './objects.js';
export { findRefs, mintRef, parseRef, type Ref, type RefKind } from './reference-number.js';
export { validateField } from './validate-field.js';
