/**
 * What mapping one record may cost. A unit is about 25 ns: one pattern instruction on one character, one step over one list element.
 * Records are mapped one at a time and without waiting, so one counter is enough.
 */
const UNITS_PER_RECORD = 4_000_000;
let left = UNITS_PER_RECORD;

/** Thrown when a record and its mapping together ask for too much; the record is refused, nothing else. */
export class TooMuchWork extends Error {}

export function beginRecord(): void {
  left = UNITS_PER_RECORD;
}

/** @throws TooMuchWork */
export function charge(units: number): void {
  left -= units;
  if (left < 0) throw new TooMuchWork();
}
