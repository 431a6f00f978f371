import { DatasetBuilder, type FieldMap } from './dataset.js';
import { PairScorer } from './pair-scorer.js';
import { seededRandom } from './random.js';
import { trainModel } from './resolve.js';

const MAP: FieldMap = {
  given: 'givenName',
  family: 'familyName',
  mail: 'email',
  phone: 'phone',
  born: 'birthDate',
  street: 'street',
  line: 'addressLine',
  city: 'city',
  code: 'postalCode',
};

describe('the score of a pair', () => {
  const random = seededRandom(11);
  const below = (count: number): number => Math.floor(random() * count);
  const pick = (texts: string[]): string => texts[below(texts.length)];
  const builder = new DatasetBuilder(MAP);
  for (let at = 0; at < 160; at++) {
    const [given, family] = [pick(['Ada', 'Adah', 'Sasha', 'Alexander', 'Jo', 'J']), pick(['Byron', 'Biron', 'Lovelace', 'Ng'])];
    const swapped = below(6) === 0;
    builder.add({
      given: swapped ? family : given,
      family: swapped ? given : family,
      mail: pick(['', 'ada@example.org', `a${below(9)}@example.org`, 'ada@example.com']),
      phone: below(3) === 0 ? [`+49 30 123456${below(4)}`, `0301234${below(900) + 100}`] : pick(['', `+49 30 123456${below(4)}`]),
      born: pick(['', '1990-03-04', '1990-04-03', '1991-03-04', '1975']),
      street: pick(['', 'High Street', 'Hauptstrasse', 'Flat 2']),
      line: pick(['', 'Flat 2', 'Flat 3', 'High Street']),
      city: at % 20 === 0 ? pick(['Xanten', 'Xantenn']) : pick(['Berlin', 'Bern', 'London']),
      code: pick(['', '10115', '10117', 'E1']),
    });
  }
  const dataset = builder.build({ within: true });
  // Rare values that are merely near count for much, so that leaving them out would show.
  const scorer = new PairScorer(dataset, { ...trainModel(dataset), termFrequency: { equal: 1, near: 4 } });

  const compact = (): string => `${scorer.comparer.levels.join()} ${scorer.comparer.values.join()}`;

  it.each([-40, -20, -8, -4, 0, 3, 6, 20])('is the same where it reaches %d bits, and is given up where it does not', (least) => {
    const wrong: number[][] = [];
    let missed = 0;
    for (let a = 0; a < dataset.size; a++)
      for (let b = a + 1; b < dataset.size; b++) {
        const whole = scorer.score(a, b);
        const compared = compact();
        const found = scorer.scoreFrom(least, a, b);
        if (found === undefined) missed += 1;
        if (found !== (whole < least ? undefined : whole) || (found !== undefined && compact() !== compared)) wrong.push([a, b]);
      }
    expect(wrong).toEqual([]);
    expect(missed > 0 || least === -40).toBe(true);
  });
});
