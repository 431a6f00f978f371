import { Refusal } from './refusal.js';

/** Says what is wrong with a value, or nothing. */
export type Check = (value: unknown) => string | undefined;
export interface Field {
  check: Check;
  required?: true;
}
export type Fields = Record<string, Field>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

const when =
  (ok: (value: unknown) => boolean, wanted: string): Check =>
  (value) =>
    ok(value) ? undefined : wanted;
export const text = when((value) => typeof value === 'string', 'must be a string');
export const uuid = when((value) => typeof value === 'string' && UUID.test(value), 'must be a uuid');
export const flag = when((value) => typeof value === 'boolean', 'must be a boolean');
export const integer = when((value) => Number.isInteger(value), 'must be an integer');
export const instant = when(
  (value) => typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value)),
  'must be an ISO 8601 date and time',
);
export const record = when((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'must be an object');
export const limit = when((value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100, 'must be between 1 and 100');
export const oneOf = (...values: string[]): Check =>
  when((value) => values.includes(value as string), `must be one of ${values.join(', ')}`);

export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) ? value.map((item, index) => prefixed(`[${index}] `, check(item))).find(Boolean) : 'must be an array';

export const object =
  (fields: Fields): Check =>
  (value) =>
    record(value) ?? fault(fields, value as Record<string, unknown>);

export const eitherOf =
  (...checks: Check[]): Check =>
  (value) =>
    checks.some((check) => check(value) === undefined) ? undefined : checks[0]?.(value);

export const needed = (check: Check): Field => ({ check, required: true });
export const maybe = (check: Check): Field => ({ check });

/** Refuses unknown parameters, missing ones and wrong types with `invalid_input`. */
export function checkInput(fields: Fields, body: Record<string, unknown>): void {
  const problem = fault(fields, body);
  if (problem) throw new Refusal('invalid_input', problem);
}

function fault(fields: Fields, body: Record<string, unknown>): string | undefined {
  const unknown = Object.keys(body).find((name) => !(name in fields));
  if (unknown) return `${unknown}: unknown parameter`;
  for (const [name, field] of Object.entries(fields)) {
    const problem = body[name] === undefined ? field.required && 'is required' : field.check(body[name]);
    if (problem) return `${name} ${problem}`;
  }
  return undefined;
}

const prefixed = (prefix: string, problem: string | undefined) => problem && prefix + problem;
