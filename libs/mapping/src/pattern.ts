import { RE2JS } from 're2js';

/** A pattern that is matched in time linear in the text: RE2, no look-around, no back-references. */
export interface Pattern {
  source: string;
  compiled: RE2JS;
}

const LENGTH = 200;
/** Counted repetitions are unrolled; more instructions than this and a long text would take too long. */
const PROGRAM = 500;

/** @returns the pattern, or the sentence that says what is wrong. */
export function parsePattern(source: string): Pattern | string {
  if (source.length > LENGTH) return `a pattern has at most ${LENGTH} characters`;
  try {
    const compiled = RE2JS.compile(source);
    return compiled.programSize() > PROGRAM ? 'this pattern repeats too much; use smaller numbers in {…}' : { source, compiled };
  } catch (error) {
    return `"${source.slice(0, 60)}" is no pattern: ${(error as Error).message.replace(/^error parsing regexp: /, '')}; look-around and back-references are not part of the language`;
  }
}

export function isPattern(value: unknown): value is Pattern {
  return typeof value === 'object' && value !== null && 'compiled' in value;
}
