import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importSplinkModel, splinkWeight, type SplinkPair } from './splink-model.js';

interface Fixture {
  model: { comparisons: { comparison_levels: Record<string, unknown>[] }[] };
  pairs: (SplinkPair & { weight: number })[];
}
const read = (): Fixture => JSON.parse(readFileSync(join(__dirname, 'fixtures', 'splink.json'), 'utf8')) as Fixture;

describe('a model of Splink', () => {
  it('gives every pair the weight that Splink gave it, to 1e-9', () => {
    const { model, pairs } = read();
    const imported = importSplinkModel(model);
    expect(pairs.length).toBeGreaterThan(30);
    for (const pair of pairs) expect(Math.abs(splinkWeight(imported, pair) - pair.weight)).toBeLessThan(1e-9);
  });
  it('gives another weight when a likelihood or a frequency is another', () => {
    const { model, pairs } = read();
    const [pair] = pairs;
    const before = splinkWeight(importSplinkModel(model), pair);
    expect(splinkWeight(importSplinkModel(model), { vector: pair.vector })).not.toBeCloseTo(before, 9);
    for (const level of model.comparisons[0].comparison_levels) level.m_probability = 0.5;
    expect(splinkWeight(importSplinkModel(model), pair)).not.toBeCloseTo(before, 9);
  });
  it.each([
    ['no object', [], /the model must be an object/],
    ['no prior', { comparisons: [{}] }, /probability_two_random_records_match must be a number/],
    ['no comparisons', { probability_two_random_records_match: 0.1, comparisons: [] }, /\/comparisons must be a list/],
    ['no name', { probability_two_random_records_match: 0.1, comparisons: [{}] }, /\/comparisons\/0\/output_column_name/],
  ])('is refused with its place: %s', (_, json, message) => expect(() => importSplinkModel(json)).toThrow(message));
  it('refuses a vector that it does not know', () => {
    const imported = importSplinkModel(read().model);
    expect(() => splinkWeight(imported, { vector: { first_name: 9 } })).toThrow(/"first_name" is 9; the model has/);
  });
});
