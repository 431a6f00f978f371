// Looked up once: a global is slow to reach from inside a sandbox, such as a test's.
const { max, min } = Math;

/** Letters beyond this do not take part in a comparison: what two names say, they say before. */
const LONGEST = 64;
const taken = new Uint8Array(LONGEST);
const matched = new Uint16Array(LONGEST);

/** Jaro–Winkler similarity (Winkler 1990), 0 to 1, prefix scale 0.1 over at most four letters, for any two texts of at most 64 letters. */
export function jaroWinkler(units: Uint16Array, a: number, aLength: number, b: number, bLength: number): number {
  const [m, n] = [min(aLength, LONGEST), min(bLength, LONGEST)];
  if (m === 0 || n === 0) return m === n ? 1 : 0;
  const reach = max(0, (max(m, n) >> 1) - 1);
  for (let j = 0; j < n; j++) taken[j] = 0;
  let common = 0;
  for (let i = 0; i < m; i++) {
    const unit = units[a + i];
    const last = min(n - 1, i + reach);
    for (let j = max(0, i - reach); j <= last; j++) {
      if (taken[j] !== 0 || units[b + j] !== unit) continue;
      taken[j] = 1;
      matched[common++] = unit;
      break;
    }
  }
  if (common === 0) return 0;
  let swapped = 0;
  for (let j = 0, at = 0; j < n; j++) if (taken[j] === 1 && units[b + j] !== matched[at++]) swapped += 1;
  const jaro = (common / m + common / n + (common - swapped / 2) / common) / 3;
  let prefix = 0;
  while (prefix < 4 && prefix < m && prefix < n && units[a + prefix] === units[b + prefix]) prefix += 1;
  return jaro + prefix * 0.1 * (1 - jaro);
}

/** Says whether one insertion, deletion, substitution or swap of neighbours (Damerau 1964) makes one text of the other. */
export function withinOneEdit(units: Uint16Array, a: number, aLength: number, b: number, bLength: number): boolean {
  if (aLength > bLength) return withinOneEdit(units, b, bLength, a, aLength);
  if (bLength - aLength > 1) return false;
  let at = 0;
  while (at < aLength && units[a + at] === units[b + at]) at += 1;
  if (at === aLength) return true;
  if (aLength < bLength) return sameUnits(units, a + at, b + at + 1, aLength - at);
  if (sameUnits(units, a + at + 1, b + at + 1, aLength - at - 1)) return true;
  if (at + 1 >= aLength || units[a + at] !== units[b + at + 1] || units[a + at + 1] !== units[b + at]) return false;
  return sameUnits(units, a + at + 2, b + at + 2, aLength - at - 2);
}

export function sameUnits(units: Uint16Array, a: number, b: number, length: number): boolean {
  for (let at = 0; at < length; at++) if (units[a + at] !== units[b + at]) return false;
  return true;
}
