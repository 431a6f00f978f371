/** The life of an error item (engine.md §6). */
export type ItemState = 'open' | 'assigned' | 'snoozed' | 'retrying' | 'awaiting_proof' | 'resolved' | 'ignored';

const WAYS: Record<ItemState, readonly ItemState[]> = {
  open: ['assigned', 'snoozed', 'retrying', 'ignored', 'resolved', 'awaiting_proof'],
  assigned: ['open', 'assigned', 'snoozed', 'retrying', 'ignored', 'resolved', 'awaiting_proof'],
  snoozed: ['open', 'assigned', 'snoozed', 'retrying', 'ignored', 'resolved', 'awaiting_proof'],
  retrying: ['open', 'awaiting_proof', 'resolved'],
  awaiting_proof: ['open', 'resolved'],
  ignored: ['open'],
  resolved: ['open'],
};

export class IllegalTransition extends Error {
  constructor(from: ItemState, to: ItemState) {
    super(`an item that is ${from} cannot become ${to}; from here it can become ${WAYS[from].join(', ')}`);
  }
}

/** @throws IllegalTransition that names the ways out. */
export function assertTransition(from: ItemState, to: ItemState): void {
  if (!WAYS[from].includes(to)) throw new IllegalTransition(from, to);
}
