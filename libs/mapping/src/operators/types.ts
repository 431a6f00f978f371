import { listTypes } from './types-list.js';
import { CODE_TYPES } from './types-code.js';
import { NAME_TYPES } from './types-name.js';
import { NUMBER_TYPES } from './types-number.js';
import { TEXT_TYPES } from './types-text.js';
import { TIME_TYPES } from './types-time.js';
import type { TypeOperator } from './type.js';

const SCALARS = { ...TEXT_TYPES, ...NAME_TYPES, ...TIME_TYPES, ...NUMBER_TYPES, ...CODE_TYPES };

/** Every word of `as:`. */
export const TYPES: Readonly<Record<string, TypeOperator>> = { ...SCALARS, ...listTypes(SCALARS) };
