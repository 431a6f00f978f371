import fc from 'fast-check';
import { jaroWinkler, withinOneEdit } from './similarity.js';

function units(...texts: string[]): { all: Uint16Array; places: [number, number][] } {
  const all = Uint16Array.from(texts.join(''), (letter) => letter.charCodeAt(0));
  let start = 0;
  const places = texts.map((text): [number, number] => {
    const place: [number, number] = [start, text.length];
    start += text.length;
    return place;
  });
  return { all, places };
}
function similarity(a: string, b: string): number {
  const { all, places } = units(a, b);
  return jaroWinkler(all, ...places[0], ...places[1]);
}
function near(a: string, b: string): boolean {
  const { all, places } = units(a, b);
  return withinOneEdit(all, ...places[0], ...places[1]);
}
/** Every text that one insertion, deletion, substitution or swap of neighbours makes. */
function edits(text: string, alphabet: string): Set<string> {
  const made = new Set([text]);
  for (let at = 0; at <= text.length; at++) {
    made.add(text.slice(0, at) + text.slice(at + 1));
    if (at + 1 < text.length) made.add(text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2));
    for (const letter of alphabet) {
      made.add(text.slice(0, at) + letter + text.slice(at));
      if (at < text.length) made.add(text.slice(0, at) + letter + text.slice(at + 1));
    }
  }
  return made;
}
const words = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 });

describe('jaroWinkler', () => {
  it.each([
    ['martha', 'marhta', 0.9611],
    ['dwayne', 'duane', 0.84],
    ['dixon', 'dicksonx', 0.8133],
    ['jones', 'johnson', 0.8324],
    ['abc', 'xyz', 0],
    ['same', 'same', 1],
  ])('of %s and %s is %d, as Winkler printed it', (a, b, expected) => {
    expect(similarity(a, b)).toBeCloseTo(expected, 4);
  });
  it('is the same from both sides, between 0 and 1, and 1 for equal texts', () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const found = similarity(a, b);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(1);
        expect(similarity(b, a)).toBeCloseTo(found, 12);
        expect(similarity(a, a)).toBe(1);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('withinOneEdit', () => {
  it('says what trying every edit says', () => {
    fc.assert(
      fc.property(words, words, (a, b) => near(a, b) === edits(a, 'abc').has(b)),
      { numRuns: 20_000 },
    );
  });
});
