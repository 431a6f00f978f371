const PARTICLES = new Set(
  'al ap ben bin bint da das de del della den der di do dos du el ibn la las le los st ter ten van vande vander von zu zum zur'.split(' '),
);
const TITLES = new Set('mr mrs ms miss mx dr prof sir herr frau mme mlle sr sra'.split(' '));
const DEGREES = new Set('phd md mba esq cpa dipl'.split(' '));
const GENERATION = /[\s,]+(jr|sr|junior|senior|ii|iii|iv)\.?$/i;

/** Given and family name of a person's whole name: `Last, First` as well as `First von Last`; a single name is a given name. */
export function splitName(text: string): [given: string, family: string] {
  const [before, after] = text.split(',', 2).map((part) => part.trim());
  if (after !== undefined && after !== '' && !DEGREES.has(plain(after))) return [withoutTitles(after).join(' '), before];
  const words = withoutTitles(before);
  if (words.length < 2) return [words[0] ?? '', ''];
  let family = words.length - 1;
  while (family > 1 && PARTICLES.has(plain(words[family - 1]))) family -= 1;
  return [words.slice(0, family).join(' '), words.slice(family).join(' ')];
}

function withoutTitles(text: string): string[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  while (words.length > 1 && TITLES.has(plain(words[0]))) words.shift();
  while (words.length > 1 && DEGREES.has(plain(words[words.length - 1]))) words.pop();
  return words;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[.]/g, '');
}

/** Takes `Jr`, `III` and the like from the end of a name. */
export function takeGeneration(text: string): { name: string; generation: string } {
  const found = GENERATION.exec(text);
  if (!found) return { name: text, generation: '' };
  return { name: text.slice(0, found.index), generation: found[1].toLowerCase().replace('junior', 'jr').replace('senior', 'sr') };
}
