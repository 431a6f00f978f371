import type { FieldSpec, ValueSpec } from './ast.js';
import { pointerOf, type Segment } from './path.js';
import { sayPath } from './say.js';

/** Where a field's value stands in a vendor's record, as far as names lead: up to the first list. */
export interface FieldPlace {
  to: string;
  from: string;
  pointer: string;
  /** Whether the record has any of the names at all; a null counts, since somebody wrote it. */
  isIn: (payload: unknown) => boolean;
}

/** The places of all fields that are read from somewhere; a constant is not. */
export function fieldPlaces(fields: readonly FieldSpec[]): FieldPlace[] {
  return fields.flatMap((field) => {
    const paths = leadPaths(field);
    if (paths.length === 0) return [];
    const isIn = (payload: unknown): boolean => paths.some((path) => holds(payload, path));
    return [
      {
        to: field.to,
        from: field.fromText || paths.map((path) => sayPath(asSegments(path))).join(' | '),
        pointer: pointerOf(asSegments(paths[0])),
        isIn,
      },
    ];
  });
}

const asSegments = (path: string[]): Segment[] => path.map((key) => ({ kind: 'key', key }));

function leadPaths(spec: ValueSpec): string[][] {
  const { source } = spec;
  if (source.kind === 'cases')
    return [...source.cases.map((one) => one.then), ...(source.otherwise ? [source.otherwise] : [])].flatMap(leadPaths);
  if (source.kind === 'template') return source.pieces.flatMap((piece) => (typeof piece === 'string' ? [] : lead(piece.path)));
  if (source.kind === 'constant') return [];
  return source.paths.length > 0 ? source.paths.flatMap(lead) : Object.values(spec.parts ?? {}).flatMap(leadPaths);
}

function lead(path: Segment[]): string[][] {
  const list = path.findIndex((segment) => segment.kind !== 'key');
  const keys = path.slice(0, list < 0 ? undefined : list).flatMap((segment) => (segment.kind === 'key' ? [segment.key] : []));
  return keys.length > 0 ? [keys] : [];
}

/** A null on the way says that there is nothing further; that is an answer, not an absence. */
function holds(payload: unknown, path: string[]): boolean {
  let place = payload;
  for (const key of path) {
    if (place === null) return true;
    if (typeof place !== 'object' || !Object.hasOwn(place, key)) return false;
    place = (place as Record<string, unknown>)[key];
  }
  return true;
}
