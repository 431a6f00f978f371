import { stepTo } from './key-paths.js';

/** What stands at one path over many records. */
export interface PathProfile {
  /** Path as a mapping would name it: `a.b`, `a[].b`. */
  path: string;
  /** Records in which something stands there. */
  filled: number;
  types: ReadonlySet<string>;
  /** Up to fifty different values, as text. */
  samples: readonly string[];
  isList: boolean;
}

const DEPTH = 4;
const SAMPLES = 50;
const PATHS = 400;

/** Walks records and profiles every path that ends in a value; of a list, what its entries hold. */
export function profilePaths(records: readonly unknown[]): PathProfile[] {
  const profiles = new Map<string, { filled: number; types: Set<string>; samples: Set<string>; isList: boolean }>();
  for (const record of records) {
    const seen = new Set<string>();
    walk(record, '', 0, (path, value) => {
      let profile = profiles.get(path);
      if (!profile) {
        if (profiles.size >= PATHS) return;
        profile = { filled: 0, types: new Set(), samples: new Set(), isList: path.includes('[]') };
        profiles.set(path, profile);
      }
      if (!seen.has(path)) profile.filled += 1;
      seen.add(path);
      profile.types.add(typeof value);
      if (profile.samples.size < SAMPLES) profile.samples.add(String(value).slice(0, 200));
    });
  }
  return [...profiles].map(([path, { samples, ...profile }]) => ({ path, samples: [...samples], ...profile }));
}

function walk(value: unknown, path: string, depth: number, visit: (path: string, value: unknown) => void): void {
  if (value === null || value === undefined || value === '') return;
  if (typeof value !== 'object') {
    if (path !== '') visit(path, value);
    return;
  }
  if (depth >= DEPTH) return;
  if (Array.isArray(value)) {
    for (const item of value.slice(0, 20)) walk(item, `${path}[]`, depth + 1, visit);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__') continue;
    walk(inner, stepTo(path, key), depth + (Array.isArray(inner) ? 0 : 1), visit);
  }
}
