import type { CompiledMapping } from '../mapping.js';
import { keyPaths } from './key-paths.js';

/** How often a mapped field's place was there. Begins anew when its rule reads from elsewhere. */
interface FieldShape {
  from: string;
  /** Records up to the last one that had it. */
  records: number;
  there: number;
  /** Records without it since the last one that had it. */
  missing: number;
}
/** What a stream's raw records looked like so far. */
export interface StreamShape {
  fields: Record<string, FieldShape>;
  /** Paths that are usual here. */
  usual: string[];
  /** Paths that came up later and are not yet known to be there to stay. */
  fresh: Record<string, { seen: number; since: number }>;
  /** New paths that were told and that no mapping reads yet. */
  told: string[];
  /** Records whose paths were looked at. */
  profiled: number;
  /** A first walk is complete: from now on what is different is news. */
  settled: boolean;
}
export const noShape = (): StreamShape => ({ fields: {}, usual: [], fresh: {}, told: [], profiled: 0, settled: false });

/** One in a million: what is less likely than this is no accident. */
const NO_ACCIDENT = 1e-6;
/** A path that this many records had without exception is missed at once. */
const WITHOUT_EXCEPTION = 50;
/** Of fewer records nothing can be said. */
const AT_LEAST = 20;
const PROFILED_PER_BATCH = 100;
const PATHS = 1_000;

/** Watches a batch of raw records for places that vanish and places that are new. Counts only; no value is kept. */
export class ShapeWatch {
  private readonly shape: StreamShape;
  private readonly usual: Set<string>;
  private readonly news: string[] = [];
  private left = PROFILED_PER_BATCH;

  constructor(
    private readonly mapping: Pick<CompiledMapping, 'places'>,
    before: StreamShape,
  ) {
    this.shape = { ...before, fields: { ...before.fields }, fresh: { ...before.fresh } };
    this.usual = new Set(before.usual);
  }

  add(payload: unknown): void {
    for (const { to, from, isIn } of this.mapping.places) {
      const known = this.shape.fields[to];
      const field = known?.from === from ? { ...known } : { from, records: 0, there: 0, missing: 0 };
      if (isIn(payload)) Object.assign(field, { records: field.records + field.missing + 1, there: field.there + 1, missing: 0 });
      else if (this.shape.settled) field.missing += 1;
      else field.records += 1;
      this.shape.fields[to] = field;
    }
    if (this.left > 0) this.profile(payload);
  }

  private profile(payload: unknown): void {
    this.left -= 1;
    this.shape.profiled += 1;
    const paths = keyPaths(payload);
    for (const path of paths) {
      if (this.usual.has(path) || Object.hasOwn(this.shape.fresh, path)) continue;
      if (!this.shape.settled || !this.isNews(path)) this.learn(path);
      else this.shape.fresh[path] = { seen: 0, since: 0 };
    }
    for (const [path, counts] of Object.entries(this.shape.fresh)) {
      const now = { seen: counts.seen + (paths.has(path) ? 1 : 0), since: counts.since + 1 };
      this.shape.fresh[path] = now;
      const share = (now.seen - 1) / now.since;
      if (share <= 0 || (1 - share) ** (this.shape.profiled - now.since) >= NO_ACCIDENT) continue;
      this.news.push(path);
      this.learn(path);
      delete this.shape.fresh[path];
    }
  }

  /** A group that was empty until now brings its names with it. */
  private isNews(path: string): boolean {
    const group = /^(.+)(?:\.[^.[\]]+|\["[^"]*"\])$/.exec(path)?.[1];
    return group === undefined || [...this.usual].some((one) => one.startsWith(group) && /^(\.|\[")/.test(one.slice(group.length)));
  }

  private learn(path: string): void {
    if (this.usual.size < PATHS) this.usual.add(path);
  }

  /** Fields whose place is gone. */
  gone(): string[] {
    if (!this.shape.settled) return [];
    return Object.entries(this.shape.fields).flatMap(([to, field]) => (isGone(field) ? [to] : []));
  }

  /** The shape with this batch in it, and the paths that are new and there to stay. */
  result(settled: boolean): { shape: StreamShape; news: string[] } {
    return {
      shape: { ...this.shape, usual: [...this.usual], settled: this.shape.settled || (settled && this.shape.profiled >= AT_LEAST) },
      news: this.news,
    };
  }
}

function isGone({ records, there, missing }: FieldShape): boolean {
  if (missing === 0 || records < AT_LEAST) return false;
  if (records >= WITHOUT_EXCEPTION && there === records) return true;
  return (1 - there / (records + 1)) ** missing < NO_ACCIDENT;
}

/** Whether a mapping reads a path, or something in it, or a group that it stands in. */
export function readsPath(mapping: Pick<CompiledMapping, 'places'>, path: string): boolean {
  return mapping.places.some(({ from }) =>
    from.split(' | ').some((one) => {
      const read = one.replace(/\[[^\]"]*\]/g, '[]');
      return (
        path === read ||
        path.startsWith(`${read}.`) ||
        path.startsWith(`${read}[]`) ||
        read.startsWith(`${path}.`) ||
        read.startsWith(`${path}[]`)
      );
    }),
  );
}
