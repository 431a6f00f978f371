const DEPTH = 4;
const ENTRIES = 5;
/** A group with more names than this is a table keyed by ids, and its names say nothing about the shape. */
const NAMES = 60;
const PLAIN = /^[\p{L}_$@][\p{L}\p{N}_$@-]*$/u;
const ID = /\d{4}|^[0-9a-f-]{20,}$/i;

/** Every name in a record, as a path: `a`, `a.b`, `a[].b`. What stands there does not matter, a null counts. */
export function keyPaths(payload: unknown): Set<string> {
  const paths = new Set<string>();
  walk(payload, '', { paths, depth: 0 });
  return paths;
}

function walk(value: unknown, path: string, at: { paths: Set<string>; depth: number }): void {
  if (value === null || typeof value !== 'object' || at.depth >= DEPTH) return;
  if (Array.isArray(value)) {
    for (const item of value.slice(0, ENTRIES)) if (item !== null && typeof item === 'object') walk(item, `${path}[]`, at);
    return;
  }
  const names = Object.keys(value);
  if (names.length > NAMES) return;
  for (const name of names) {
    if (name === '__proto__' || ID.test(name)) continue;
    const inner = stepTo(path, name);
    at.paths.add(inner);
    walk((value as Record<string, unknown>)[name], inner, { ...at, depth: at.depth + 1 });
  }
}

/** A name behind a path, as a mapping writes it. */
export function stepTo(path: string, name: string): string {
  if (!PLAIN.test(name)) return `${path}["${name.replace(/["\]]/g, '')}"]`;
  return path === '' ? name : `${path}.${name}`;
}
