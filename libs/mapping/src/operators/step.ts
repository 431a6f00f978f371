import type { Argument } from '../ast.js';
import type { ArgumentRule } from './argument.js';
import type { Step } from './refused.js';

/** Whether a step is handed one value or a list; `unknown` before the record is seen. */
export type Shape = 'one' | 'list' | 'unknown';

/** One word of `do:`. */
export interface StepOperator {
  /** What it does, read aloud. */
  says: string;
  argument: ArgumentRule;
  /** What it leaves, given what it gets. */
  shape: (input: Shape) => Shape;
  compile: (argument: never) => Step;
  /** The way back, or the reason why there is none. */
  invert: (argument: never) => ((value: unknown) => unknown) | string;
  /** It gives values a form of its own: in a field that is written nothing may change them afterwards, or the way back would miss. */
  shapes?: true;
  /** Its way back puts letters on: in a field that is written only steps that keep them may stand before it. */
  strips?: true;
}

/** Ties the argument's type to its rule's operator; the validator has checked it before. */
export function step<A extends Argument>(
  operator: Omit<StepOperator, 'compile' | 'invert'> & {
    compile: (argument: A) => Step;
    invert: (argument: A) => ((value: unknown) => unknown) | string;
  },
): StepOperator {
  return operator;
}

export const same = (input: Shape): Shape => input;
/** Doing it twice changes nothing, so what came out is already what goes back. */
export const asItIs = (): ((value: unknown) => unknown) => (value) => value;
