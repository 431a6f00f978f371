export { FAILURE_CODES, type FailureCode } from './failure.js';
export { OBJECT_NAMES, type CanonicalValue, type CanonicalValues, type ObjectName } from './objects.js';
