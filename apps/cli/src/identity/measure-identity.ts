import { evaluate, resolve, type Evaluation } from '#hub/identity';
import { readPeople, type PeopleFiles } from './read-people.js';

export interface IdentityMeasurement extends Evaluation {
  records: number;
  /** Reading, training, scoring and grouping. */
  seconds: number;
  peakRssMb: number;
}

/** Resolves labelled files as they are, learning from them without their labels, and holds the result against the labels. */
export async function measureIdentity(input: Required<PeopleFiles> & { seed: number; unique: boolean }): Promise<IdentityMeasurement> {
  const started = performance.now();
  const { dataset, labels } = await readPeople(input);
  const resolution = resolve(dataset, input);
  const seconds = (performance.now() - started) / 1000;
  const peakRssMb = process.resourceUsage().maxRSS / 1024;
  return { ...evaluate(dataset, resolution, labels), records: dataset.size, seconds: round(seconds, 2), peakRssMb: round(peakRssMb, 0) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
