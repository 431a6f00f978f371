import { createRequire } from 'node:module';
import { join } from 'node:path';

/** `npm run bench` runs in the repository's root. */
export const ROOT = process.cwd();

/** The programs that the demo and chaos start theirs with; they are modules outside of the build. */
export function script<Module>(name: string): Module {
  return createRequire(join(ROOT, 'package.json'))(join(ROOT, 'scripts', 'lib', name)) as Module;
}

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
