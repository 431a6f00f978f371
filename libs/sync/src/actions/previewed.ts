/** Thrown to take back a preview: it is the real operation, rolled back. */
export class Previewed<Outcome = unknown> extends Error {
  constructor(readonly outcome: Outcome) {
    super('rolled back: a preview');
  }
}
