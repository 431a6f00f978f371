const PLAIN = /^[a-z]+(?: [a-z]+)*$/;
const MARKS = /[\u0300-\u036f]/g;
const APOSTROPHES = /['’‘ʼ`´]/g;
const SEPARATORS = /[^\p{L}\p{N}\p{M}]+/gu;

/** Folds a person's name for comparison: no marks, no case, one space between words; particles (`van der`) stay. `''` when nothing is left. */
export function normaliseName(text: string): string {
  const lower = text.toLowerCase();
  return PLAIN.test(lower) ? lower : foldName(text);
}

function foldName(text: string): string {
  const unmarked = text.normalize('NFKD').replace(MARKS, '');
  return foldCase(unmarked).replace(APOSTROPHES, '').replace(SEPARATORS, ' ').trim().normalize('NFKC');
}

/** Through upper case, so that ẞ, ß and ss meet, and the final ς meets σ wherever they stand. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}
