/** A vendor path: `a.b`, `a[0].c` (one element), `a[].c` (all elements), `a[role=x].c` (the first element whose part is that word). */
export type Segment =
  { kind: 'key'; key: string } | { kind: 'index'; index: number } | { kind: 'all' } | { kind: 'where'; key: string; equals: string };
export type Read = (root: unknown) => unknown;

const SEGMENT = /^(?:([A-Za-z_$][\w$-]*)|\[(\d{1,3})\]|(\[\])|\[([A-Za-z_]\w*)=([^\]]{1,100})\])(?:\.(?=[A-Za-z_$])|(?=\[)|$)/;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const DEPTH = 12;

/** @returns the segments, or the sentence that says what is wrong. */
export function parsePath(text: string): Segment[] | string {
  const segments: Segment[] = [];
  for (let rest = text; rest !== '';) {
    const match = SEGMENT.exec(rest);
    if (!match) return `"${text}" is no path: write a.b, a[0].b, a[].b or a[name=word].b`;
    const [whole, key, index, all, where, equals] = match;
    if (FORBIDDEN.has(key ?? where ?? '')) return `"${key ?? where}" is not a name that a path may hold`;
    if (key !== undefined) segments.push({ kind: 'key', key });
    else if (index !== undefined) segments.push({ kind: 'index', index: Number(index) });
    else if (all !== undefined) segments.push({ kind: 'all' });
    else segments.push({ kind: 'where', key: where, equals });
    rest = rest.slice(whole.length);
  }
  if (segments.length === 0) return 'a path must not be empty';
  return segments.length > DEPTH ? `a path has at most ${DEPTH} steps` : segments;
}

/** Compiles a path once. Reads own properties only; whatever is not there is undefined. */
export function compileRead(segments: Segment[]): Read {
  if (segments.length === 1 && segments[0].kind === 'key') return readKey(segments[0].key);
  if (segments.length === 2 && segments[0].kind === 'key' && segments[1].kind === 'key')
    return readKeyOfKey(segments[0].key, segments[1].key);
  return segments.reduceRight<Read>(
    (next, segment) => stepOf(segment, next),
    (value) => value,
  );
}

function readKey(key: string): Read {
  return (root) =>
    root !== null && typeof root === 'object' && Object.hasOwn(root, key) ? (root as Record<string, unknown>)[key] : undefined;
}

/** The commonest path, in one step. */
function readKeyOfKey(outer: string, inner: string): Read {
  return (root) => {
    if (root === null || typeof root !== 'object' || !Object.hasOwn(root, outer)) return undefined;
    const value = (root as Record<string, unknown>)[outer];
    return value !== null && typeof value === 'object' && Object.hasOwn(value, inner)
      ? (value as Record<string, unknown>)[inner]
      : undefined;
  };
}

function stepOf(segment: Segment, next: Read): Read {
  switch (segment.kind) {
    case 'key': {
      const read = readKey(segment.key);
      return (root) => next(read(root));
    }
    case 'index':
      return (root) => (Array.isArray(root) ? next(root[segment.index]) : undefined);
    case 'all':
      return (root) => (Array.isArray(root) ? root.map(next).filter((value) => value !== undefined) : undefined);
    case 'where': {
      const read = readKey(segment.key);
      return (root) => (Array.isArray(root) ? next(root.find((item) => String(read(item)) === segment.equals)) : undefined);
    }
  }
}

/** Writes a value into a body at a path of keys and indexes, making what is missing. */
export function writePath(body: Record<string, unknown>, segments: Segment[], value: unknown): void {
  let place: Record<string | number, unknown> = body;
  segments.forEach((segment, at) => {
    const name = segment.kind === 'key' ? segment.key : segment.kind === 'index' ? segment.index : '';
    if (at === segments.length - 1) place[name] = value;
    else place = (place[name] ??= segments[at + 1].kind === 'index' ? [] : emptyObject()) as Record<string | number, unknown>;
  });
}

export function emptyObject(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/** Whether a path names exactly one place that can be written. */
export function isWritable(segments: Segment[]): boolean {
  return segments.every((segment) => segment.kind === 'key' || segment.kind === 'index');
}

/** JSON pointer of a path, for messages. */
export function pointerOf(segments: Segment[]): string {
  return segments
    .map((segment) => (segment.kind === 'key' ? `/${segment.key}` : segment.kind === 'index' ? `/${segment.index}` : ''))
    .join('');
}
