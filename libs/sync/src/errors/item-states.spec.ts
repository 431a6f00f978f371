import { assertTransition, IllegalTransition, ITEM_STATES, waysOut, type ItemState } from './item-states.js';

describe('the life of an error item', () => {
  it('has no state that nothing leads out of, and none that nothing leads to', () => {
    for (const state of ITEM_STATES) expect(waysOut(state).length).toBeGreaterThan(0);
    const reachable = new Set(ITEM_STATES.flatMap((state) => waysOut(state)));
    expect([...reachable].sort()).toEqual([...ITEM_STATES].sort());
  });

  const refused: [ItemState, ItemState][] = [
    ['resolved', 'retrying'],
    ['resolved', 'ignored'],
    ['ignored', 'retrying'],
    ['awaiting_proof', 'ignored'],
    ['retrying', 'ignored'],
    ['retrying', 'retrying'],
  ];
  it.each(refused)('refuses %s → %s and names the ways out', (from, to) => {
    expect(() => assertTransition(from, to)).toThrow(IllegalTransition);
    const failure = catchIt(() => assertTransition(from, to));
    expect(failure.allowed).toEqual(waysOut(from));
    expect(failure.message).toContain(waysOut(from).join(', '));
  });

  it.each([
    ['open', 'retrying'],
    ['retrying', 'awaiting_proof'],
    ['awaiting_proof', 'resolved'],
    ['awaiting_proof', 'open'],
    ['resolved', 'open'],
  ] as [ItemState, ItemState][])('allows %s → %s', (from, to) => {
    expect(() => assertTransition(from, to)).not.toThrow();
  });
});

function catchIt(work: () => void): IllegalTransition {
  try {
    work();
  } catch (error) {
    return error as IllegalTransition;
  }
  throw new Error('nothing was refused');
}
