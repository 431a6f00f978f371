import { Problem } from '../problems/problem.js';

/** The version in If-Match; without the header, or with `*`, any version will do. @throws Problem 422 */
export function versionOf(match: string | undefined): number | undefined {
  if (match === undefined || match === '*') return undefined;
  const digits = /^(?:W\/)?"?(\d{1,9})"?$/.exec(match)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new Problem(422, 'INVALID_REQUEST', 'If-Match must hold the ETag of the item as it was read', [
    { pointer: '/if-match', code: 'version', detail: 'a whole number in quotes' },
  ]);
}

export function etagOf(version: number): string {
  return `"${version}"`;
}
