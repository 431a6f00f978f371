import { LIST_STEPS, VALUE_STEPS } from './steps-list.js';
import { TEXT_STEPS } from './steps-text.js';
import type { StepOperator } from './step.js';

/** Every word of `do:`. */
export const STEPS: Readonly<Record<string, StepOperator>> = { ...TEXT_STEPS, ...LIST_STEPS, ...VALUE_STEPS };
