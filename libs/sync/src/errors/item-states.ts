/** The life of an error item (engine.md §6). */
export const ITEM_STATES = ['open', 'assigned', 'snoozed', 'retrying', 'awaiting_proof', 'resolved', 'ignored'] as const;
export type ItemState = (typeof ITEM_STATES)[number];

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
  readonly allowed: readonly ItemState[];

  constructor(from: ItemState, to: ItemState) {
    super(`an item that is ${from} cannot become ${to}; from here it can become ${WAYS[from].join(', ')}`);
    this.allowed = WAYS[from];
  }
}

export function waysOut(from: ItemState): readonly ItemState[] {
  return WAYS[from];
}

/** @throws IllegalTransition that names the ways out. */
export function assertTransition(from: ItemState, to: ItemState): void {
  if (!WAYS[from].includes(to)) throw new IllegalTransition(from, to);
}
