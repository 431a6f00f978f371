import fc from 'fast-check';
import { cluster, type Edge } from './cluster.js';

interface World {
  size: number;
  scores: number[][];
  apart: [number, number][];
}
/** Scores that never tie, between records in any order. */
const worlds = fc
  .integer({ min: 2, max: 8 })
  .chain((size) =>
    fc.record({
      size: fc.constant(size),
      values: fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), {
        minLength: (size * (size - 1)) / 2,
        maxLength: (size * (size - 1)) / 2,
      }),
      apart: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 3 }),
      order: fc.shuffledSubarray(
        Array.from({ length: size }, (_, at) => at),
        { minLength: size, maxLength: size },
      ),
    }),
  )
  .map(({ size, values, apart, order }) => {
    const scores = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    let next = 0;
    for (let a = 0; a < size; a++) for (let b = a + 1; b < size; b++) scores[a][b] = scores[b][a] = values[next++] / 50 + next * 1e-6;
    return { world: { size, scores, apart: apart.filter(([a, b]) => a !== b) }, order };
  });

function groupsOf({ size, scores, apart }: World, order = Array.from({ length: size }, (_, at) => at)): string[] {
  const edges: Edge[] = [];
  for (let a = 0; a < size; a++)
    for (let b = a + 1; b < size; b++) if (scores[order[a]][order[b]] > 0) edges.push({ a, b, score: scores[order[a]][order[b]] });
  const groups = cluster({
    size,
    edges,
    threshold: 0,
    score: (a, b) => scores[order[a]][order[b]],
    apart: (a, b) => apart.some(([x, y]) => (x === order[a] && y === order[b]) || (y === order[a] && x === order[b])),
  });
  const members = new Map<number, number[]>();
  groups.forEach((group, at) => members.set(group, [...(members.get(group) ?? []), order[at]]));
  return [...members.values()].map((each) => each.sort((x, y) => x - y).join()).sort();
}

describe('cluster', () => {
  it('joins by the mean over all pairs, so one wrong link does not join two people', () => {
    // 0-1-2 are one person, 3-4 another; somebody's phone links 2 with 3.
    const scores = [
      [0, 9, 8, -9, -9],
      [9, 0, 9, -9, -9],
      [8, 9, 0, 6, -9],
      [-9, -9, 6, 0, 9],
      [-9, -9, -9, 9, 0],
    ];
    expect(groupsOf({ size: 5, scores, apart: [] })).toEqual(['0,1,2', '3,4']);
  });
  it('brings a record that one other knows well into the group, though a third does not know it', () => {
    const scores = [
      [0, 15, -8],
      [15, 0, 12],
      [-8, 12, 0],
    ];
    expect(groupsOf({ size: 3, scores, apart: [] })).toEqual(['0,1,2']);
  });
  it('never brings together who must stay apart', () => {
    fc.assert(
      fc.property(worlds, ({ world }) => {
        const groups = groupsOf(world).map((group) => group.split(',').map(Number));
        return world.apart.every(([a, b]) => !groups.some((group) => group.includes(a) && group.includes(b)));
      }),
      { numRuns: 10_000 },
    );
  });
  it('makes the same groups of any order of the records', () => {
    let joined = 0;
    fc.assert(
      fc.property(worlds, ({ world, order }) => {
        const groups = groupsOf(world);
        if (groups.length < world.size) joined += 1;
        expect(groupsOf(world, order)).toEqual(groups);
      }),
      { numRuns: 10_000 },
    );
    expect(joined).toBeGreaterThan(5_000);
  });
});
