import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Snapshot, Store } from './store.js';

const QUIET_MS = 200;

/** Keeps the store in a file: read now, written shortly after a change, by rename, so that a kill leaves the old one or the new one. */
export function keepSnapshot(store: Store, path: string): { flush: () => void } {
  if (existsSync(path)) store.restore(JSON.parse(readFileSync(path, 'utf8')) as Snapshot);
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    timer = undefined;
    writeFileSync(`${path}.new`, JSON.stringify(store.snapshot()));
    renameSync(`${path}.new`, path);
  };
  store.onChange = () => void (timer ??= setTimeout(write, QUIET_MS));
  return {
    flush: () => {
      if (!timer) return;
      clearTimeout(timer);
      write();
    },
  };
}
