import type { CanonicalValue, FieldType } from '#hub/canonical';
import type { Setting, ValueSpec } from '../ast.js';
import type { InwardContext } from '../mapping.js';
import { compileRead } from '../path.js';
import type { ArgumentRule } from './argument.js';
import type { Decode, DecodeValue, Encode } from './refused.js';

/** One word of `as:`: what a value becomes, and what the vendor gets for it. */
export interface TypeOperator {
  /** What it makes, read aloud. */
  says: string;
  /** Kinds of canonical fields that it can fill. */
  fits: readonly FieldType['kind'][];
  options: Readonly<Record<string, ArgumentRule>>;
  /** Parts that it takes: any that the canonical field has, these, or any name. */
  parts?: 'canonical' | 'any' | readonly string[];
  /** All paths count together instead of the first that says something: always, or where the file says paths: together. */
  gathers?: true;
  /** Leaves texts as they are, but for blanks around them: steps with a form of their own can be taken back. */
  keepsText?: true;
  /** A fault that only options together can have. */
  check?: (spec: ValueSpec) => string | undefined;
  decode: (spec: ValueSpec, compile: (part: ValueSpec) => Decode) => DecodeValue;
  /** The way out, or the reason why there is none. */
  encode: (spec: ValueSpec, compile: (part: ValueSpec) => Encode) => Encode | string;
}

export const asItIsOut = (): Encode => (value) => value;

/** Whether all paths of a rule count together. */
export function gathersPaths(type: TypeOperator, options: ValueSpec['options']): boolean {
  return type.gathers === true || options.paths === 'together';
}

/** Reads an option that may stand in the file, in the record or in the connection's settings. */
export function compileSetting(
  setting: Setting | undefined,
): ((root: unknown, context: Pick<InwardContext, 'settings'>) => unknown) | undefined {
  if (setting === undefined) return undefined;
  if ('constant' in setting) return () => setting.constant;
  if ('path' in setting) return compileRead(setting.path);
  return (_, { settings }) => (Object.hasOwn(settings, setting.setting) ? settings[setting.setting] : undefined);
}

export function isGroup(value: unknown): value is Record<string, CanonicalValue> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
