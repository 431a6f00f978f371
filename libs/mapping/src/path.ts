import { charge } from './work.js';

/**
 * A vendor path: `a.b`, `a[0].c` (one element), `a[].c` (all elements), `a[role=x].c` (the first element whose part is that word),
 * `a["odd key"]` (a key with blanks, dots or signs), `.` (the record or list item itself).
 */
export type Segment =
  { kind: 'key'; key: string } | { kind: 'index'; index: number } | { kind: 'all' } | { kind: 'where'; key: string; equals: string };
export type Read = (root: unknown) => unknown;

const SEGMENT =
  /^(?:([\p{L}_$@][\p{L}\p{N}_$@-]*)|\[(\d{1,3})\]|(\[\])|\["([^"\]]{1,100})"\]|\[([\p{L}_]\w*)=([^\]"]{1,100})\])(?:\.(?=[\p{L}_$@])|(?=\[)|$)/u;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const DEPTH = 12;
const LENGTH = 300;

/** @returns the segments, or the sentence that says what is wrong. */
export function parsePath(text: string): Segment[] | string {
  const segments: Segment[] = [];
  if (text === '.') return segments;
  if (text.length > LENGTH) return `a path has at most ${LENGTH} characters`;
  for (let rest = text; rest !== '';) {
    const match = SEGMENT.exec(rest);
    if (!match) return `"${text}" is no path: write a.b, a[0].b, a[].b, a[name=word].b or a["odd key"]`;
    const [whole, plain, index, all, quoted, where, equals] = match;
    const key = plain ?? quoted;
    if (FORBIDDEN.has(key ?? where ?? '')) return `"${key ?? where}" is not a name that a path may hold`;
    if (key !== undefined) segments.push({ kind: 'key', key });
    else if (index !== undefined) segments.push({ kind: 'index', index: Number(index) });
    else if (all !== undefined) segments.push({ kind: 'all' });
    else segments.push({ kind: 'where', key: where, equals });
    rest = rest.slice(whole.length);
  }
  if (segments.length === 0) return 'a path must not be empty; the record or item itself is "."';
  return segments.length > DEPTH ? `a path has at most ${DEPTH} steps` : segments;
}

/** Compiles a path once, for records as JSON makes them (see `asJson`). Whatever is not there is undefined. */
export function compileRead(segments: Segment[]): Read {
  const keys = ownKeys(segments);
  if (keys?.length === 1) return readKey(keys[0]);
  if (keys?.length === 2) return readKeyOfKey(keys[0], keys[1]);
  if (keys?.length === 3) return readThreeKeys(readKey(keys[0]), readKeyOfKey(keys[1], keys[2]));
  return segments.reduceRight<Read>(
    (next, segment, at) => (segment.kind === 'all' && hasAll(segments, at + 1) ? readFlat(next) : stepOf(segment, next)),
    (value) => value,
  );
}

function hasAll(segments: Segment[], from: number): boolean {
  return segments.slice(from).some((segment) => segment.kind === 'all');
}

/** A list of lists is read as one list. */
function readFlat(next: Read): Read {
  return (root) => (Array.isArray(root) ? readAll(root, next).flat() : undefined);
}

/** Names that every object or list inherits: of these alone it matters whether the record has them itself. */
const INHERITED = new Set([Object.prototype, Array.prototype].flatMap((prototype) => Object.getOwnPropertyNames(prototype)));

/** The names of a path that consists of names which nothing inherits. */
export function ownKeys(segments: Segment[]): string[] | undefined {
  const keys = segments.flatMap((segment) => (segment.kind === 'key' && !INHERITED.has(segment.key) ? [segment.key] : []));
  return keys.length === segments.length ? keys : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object';
}

function readKey(key: string): Read {
  if (INHERITED.has(key)) return (root) => (isObject(root) && Object.hasOwn(root, key) ? root[key] : undefined);
  return (root) => (isObject(root) ? root[key] : undefined);
}

function readThreeKeys(outer: Read, inner: Read): Read {
  return (root) => inner(outer(root));
}

/** The commonest path, in one step. */
function readKeyOfKey(outer: string, inner: string): Read {
  return (root) => {
    const value = isObject(root) ? root[outer] : undefined;
    return isObject(value) ? value[inner] : undefined;
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
      return (root) => (Array.isArray(root) ? readAll(root, next) : undefined);
    case 'where': {
      const read = readKey(segment.key);
      return (root) => (Array.isArray(root) ? next(root.find((item) => String(read(item)) === segment.equals)) : undefined);
    }
  }
}

function readAll(items: unknown[], next: Read): unknown[] {
  charge(items.length);
  return items.map(next).filter((value) => value !== undefined);
}

/** A record that is not a plain object, as JSON makes them, is read as its own properties: paths do not ask whose a name is. */
export function asJson(record: unknown): unknown {
  if (!isObject(record) || Array.isArray(record)) return record;
  const prototype: unknown = Object.getPrototypeOf(record);
  return prototype === Object.prototype || prototype === null ? record : { ...record };
}

/** Writes a value into a body at a path, making what is missing: `[role=x]` is the element whose part is that word. */
export function writePath(body: Record<string, unknown>, segments: Segment[], value: unknown): void {
  let place = body as Record<string | number, unknown>;
  segments.forEach((segment, at) => {
    const name = placeOf(segment, place);
    if (at === segments.length - 1) place[name] = value;
    else place = (place[name] ??= holds(segments[at + 1]) === 'list' ? [] : emptyObject()) as Record<string | number, unknown>;
  });
}

function holds(segment: Segment): 'list' | 'group' {
  return segment.kind === 'key' ? 'group' : 'list';
}

function placeOf(segment: Segment, place: Record<string | number, unknown>): string | number {
  if (segment.kind === 'key') return segment.key;
  if (segment.kind === 'index') return segment.index;
  if (segment.kind === 'all') return 0;
  const items = place as unknown as Record<string, unknown>[];
  const found = items.findIndex((item) => item[segment.key] === segment.equals);
  return found >= 0 ? found : items.push(Object.assign(emptyObject(), { [segment.key]: segment.equals })) - 1;
}

export function emptyObject(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/** Whether a path names exactly one place that can be written without touching its neighbours. */
export function isWritable(segments: Segment[]): boolean {
  return segments.length > 0 && segments.every((segment) => segment.kind === 'key' || segment.kind === 'index');
}

/** Whether a path names one place when the author says so himself (`back:`): an element by its word is one. */
export function isOnePlace(segments: Segment[]): boolean {
  return segments.length > 0 && segments.every((segment) => segment.kind !== 'all') && segments.at(-1)?.kind !== 'where';
}

/** JSON pointer of a path, for messages. */
export function pointerOf(segments: Segment[]): string {
  return segments
    .map((segment) => (segment.kind === 'key' ? `/${segment.key}` : segment.kind === 'index' ? `/${segment.index}` : ''))
    .join('');
}
