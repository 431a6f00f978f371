import type { Email } from 'postal-mime';

/** `<id@host>` texts of a header, in order, each once; hostile lengths are cut. */
export function messageIdsIn(text: string | undefined): string[] {
  const found = (text ?? '').slice(0, 100_000).match(/<[^<>\s]{1,900}>/g) ?? [];
  return [...new Set(found)].slice(-200);
}

export function headerOf({ headers }: Pick<Email, 'headers'>, name: string): string | undefined {
  return headers.find(({ key }) => key === name)?.value;
}
export function headersOf({ headers }: Pick<Email, 'headers'>, name: string): string[] {
  return headers.filter(({ key }) => key === name).map(({ value }) => value);
}

const MARKS = /^\s*(?:(?:re|fwd?|aw|wg|antw|tr|rv|sv|vs|vl|odp|ynt|i|r)(?:\[\d+\])?\s*:|\[[^\]]{0,60}\])\s*/i;
const REFS = /[[(]?\b[JCA]-(?:[0-9A-Z]{1,4}-)?[0-9A-Z]{9}\b[\])]?/gi;

/** A subject without what conversations add to it (RFC 5256 §2.1, and the marks of other languages). */
export function baseSubjectOf(subject: string): string {
  let base = subject.slice(0, 2_000).replace(REFS, ' ').replace(/\s+/g, ' ').trim();
  for (let marks = 0; marks < 50 && MARKS.test(base); marks++) base = base.replace(MARKS, '');
  return base
    .replace(/\s*\(fwd\)\s*$/i, '')
    .trim()
    .toLowerCase();
}
