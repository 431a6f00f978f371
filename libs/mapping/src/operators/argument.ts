/** What may stand as a step's argument or a type's option; the validator, the schema and the docs read the same rule. */
export type ArgumentRule = { optional?: true } & (
  | { kind: 'none' }
  | { kind: 'text'; max: number }
  | { kind: 'whole'; min: number; max: number }
  | { kind: 'word'; words: readonly string[] }
  | { kind: 'texts' }
  | { kind: 'path' }
  | { kind: 'pattern' }
  | { kind: 'condition' }
  /** A constant, `{ from: path }` or `{ setting: name }`. */
  | { kind: 'setting'; of: SettingKind }
  /** Vendor word → what it means. */
  | { kind: 'table'; to: 'text' | 'boolean' }
  | { kind: 'group'; fields: Record<string, ArgumentRule> }
);
export type SettingKind = 'country' | 'zone' | 'locale' | 'currency';

export const text = (max: number): ArgumentRule => ({ kind: 'text', max });
export const whole = (min: number, max: number): ArgumentRule => ({ kind: 'whole', min, max });
export const word = (...words: string[]): ArgumentRule => ({ kind: 'word', words });
export const optional = (rule: ArgumentRule): ArgumentRule => ({ ...rule, optional: true });
export const NONE: ArgumentRule = { kind: 'none' };
