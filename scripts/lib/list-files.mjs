import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** All files below the given places, relative to the root and sorted. */
export function listFiles(root, places) {
  return places.flatMap((place) => filesIn(root, place)).sort();
}

function filesIn(root, place) {
  const path = join(root, place);
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [place];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) return [];
    return entry.isDirectory() ? filesIn(root, join(place, entry.name)) : [join(place, entry.name)];
  });
}
