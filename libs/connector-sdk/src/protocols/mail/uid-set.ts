/** UIDs as a sequence set (RFC 3501 §9): `1:4,7`. Ascending, each once. */
export function uidSet(uids: Iterable<number>): string {
  const parts: string[] = [];
  let [first, last] = [0, 0];
  const close = () => {
    if (first > 0) parts.push(first === last ? String(first) : `${first}:${last}`);
  };
  for (const uid of [...new Set(uids)].sort((a, b) => a - b)) {
    if (uid === last + 1 && first > 0) last = uid;
    else {
      close();
      [first, last] = [uid, uid];
    }
  }
  close();
  return parts.join(',');
}

/** UIDs of `set` that are not in `uids`. */
export function missingFrom(set: string, uids: ReadonlySet<number>): number[] {
  return set
    .split(',')
    .filter(Boolean)
    .flatMap((part) => {
      const [first, last = first] = part.split(':').map(Number);
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at).filter((uid) => !uids.has(uid));
    });
}
