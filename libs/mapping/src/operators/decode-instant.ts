import type { ValueSpec } from '../ast.js';
import { compileRead, type Read } from '../path.js';
import { wallTimeToInstant } from '../wall-time.js';
import { Refused, type Decode } from './refused.js';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
const WALL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;

export function instantDecode(spec: ValueSpec, read: Read): Decode {
  const zone = spec.zone && compileRead(spec.zone);
  return (root) => {
    const value = read(root);
    if (value === undefined || value === null || value === '') return value === '' ? undefined : value;
    if (typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 8.64e15) return new Date(value).toISOString();
    if (typeof value !== 'string') return new Refused('SCHEMA_DRIFT', 'changed its type; it was an instant');
    if (INSTANT.test(value) && namesRealDay(value)) {
      const time = Date.parse(value);
      if (!Number.isNaN(time)) return new Date(time).toISOString();
    } else if (zone && WALL.test(value) && namesRealDay(value)) {
      const instant = wallTimeToInstant(value, zone(root));
      if (instant) return instant;
    }
    return new Refused('INVALID_VALUE', 'must be an instant such as 2026-03-01T10:00:00Z');
  };
}

/** `Date.parse` turns 30 February into 2 March; a day that does not exist is no instant. */
function namesRealDay(text: string): boolean {
  const day = Number(text.slice(8, 10));
  return day <= 28 || day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
}
