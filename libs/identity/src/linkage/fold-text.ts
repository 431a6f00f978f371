import anyAscii from 'any-ascii';

const PLAIN = /^[a-z0-9]+(?: [a-z0-9]+)*$/;
const APOSTROPHES = /['’‘ʼ`´]/g;
const SEPARATORS = /[^a-z0-9]+/g;

/** A text in Latin letters and digits, lower case, one space between words: what any script and any keyboard make of it meets here. `''` when nothing is left. */
export function foldText(text: string): string {
  if (PLAIN.test(text)) return text;
  return anyAscii(text.normalize('NFKC')).toLowerCase().replace(APOSTROPHES, '').replace(SEPARATORS, ' ').trim();
}
