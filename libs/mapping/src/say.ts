import type { Argument, FieldCondition, Predicate } from './ast.js';
import { isPattern } from './pattern.js';
import type { Segment } from './path.js';

/** A path as it is written in a file. */
export function sayPath(path: readonly Segment[]): string {
  if (path.length === 0) return '.';
  return path.map(saySegment).join('').replace(/^\./, '');
}

function saySegment(segment: Segment): string {
  if (segment.kind === 'index') return `[${segment.index}]`;
  if (segment.kind === 'all') return '[]';
  if (segment.kind === 'where') return `[${segment.key}=${segment.equals}]`;
  return /^[\p{L}_$@][\p{L}\p{N}_$@-]*$/u.test(segment.key) ? `.${segment.key}` : `["${segment.key}"]`;
}

/** An argument as it is written behind its step's word; '' for none. */
export function sayArgument(argument: Argument): string {
  if (argument === undefined) return '';
  if (isPattern(argument)) return ` ${argument.source}`;
  if (isPath(argument)) return ` ${sayPath(argument)}`;
  return typeof argument === 'object' ? ' …' : ` ${JSON.stringify(argument)}`;
}

function isPath(value: unknown): value is Segment[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null && 'kind' in item);
}

/** A condition read aloud. */
export function sayPredicate(predicate: Predicate): string {
  if ('all' in predicate) return predicate.all.map(sayPredicate).join(' and ');
  if ('any' in predicate) return `(${predicate.any.map(sayPredicate).join(' or ')})`;
  if ('not' in predicate) return `not ${sayPredicate(predicate.not)}`;
  if ('parent' in predicate) return `the ${predicate.parent} is ${predicate.known ? '' : 'not '}known`;
  return sayCondition(predicate);
}

function sayCondition({ field, ...tests }: FieldCondition): string {
  const words = Object.entries(tests).filter(([, wanted]) => wanted !== undefined);
  return `${sayPath(field)} ${words.map(([word, wanted]) => `${word} ${isPattern(wanted) ? wanted.source : JSON.stringify(wanted)}`).join(' and ')}`;
}
