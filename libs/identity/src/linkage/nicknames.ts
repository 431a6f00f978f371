import { foldText } from './fold-text.js';
import { NAMES_OF_LANGUAGES } from './names-of-languages.data.js';
import { NICKNAMES } from './nicknames.data.js';

/** The names a given name is short for, as numbers in rising order, and its own number where it is a formal name itself. */
interface Standing {
  own: number;
  formals: readonly number[];
}
/** What each list says of a given name: the English one, and that of other languages. */
export interface GivenNameFamily {
  english: Standing;
  abroad: Standing;
}

const UNKNOWN: Standing = { own: -1, formals: [] };
const STRANGER: GivenNameFamily = { english: UNKNOWN, abroad: UNKNOWN };

export function givenNameFamily(name: string): GivenNameFamily {
  return FAMILIES.get(name) ?? STRANGER;
}

/** Says whether two folded given names stand for one: `bill` and `william`, or two short forms of one name, but not `susan` and `hannah` who are both in `susannah`. */
export function areNicknames(a: GivenNameFamily, b: GivenNameFamily): boolean {
  return standForOne(a.english, b.english) || standForOne(a.abroad, b.abroad);
}

/** Only other languages have them as one: the same person's name at home and abroad, or those of siblings, as Jörg and Jürgen. */
export function areOneAbroad(a: GivenNameFamily, b: GivenNameFamily): boolean {
  return !standForOne(a.english, b.english) && standForOne(a.abroad, b.abroad);
}

function standForOne(a: Standing, b: Standing): boolean {
  if (a === UNKNOWN || b === UNKNOWN) return false;
  if (a.own >= 0 && b.formals.includes(a.own)) return true;
  if (b.own >= 0 && a.formals.includes(b.own)) return true;
  return a.own < 0 && b.own < 0 && a.formals.some((formal) => b.formals.includes(formal));
}

/** Labels of the formal names that a given name may stand for, the lowest first; the folded name itself where no list knows it. */
export function formalNames(name: string): string[] {
  const folded = foldText(name);
  const { english, abroad } = givenNameFamily(folded);
  const labels = [...labelsOf('e', english), ...labelsOf('a', abroad)];
  return labels.length === 0 ? [folded] : labels;
}

function labelsOf(list: string, { own, formals }: Standing): string[] {
  return (own >= 0 ? [own, ...formals] : formals).map((number) => `${list}${number}`);
}

function readFamilies(): Map<string, GivenNameFamily> {
  const [english, abroad] = [standingsOf(NICKNAMES), standingsOf(NAMES_OF_LANGUAGES)];
  return new Map(
    [...new Set([...english.keys(), ...abroad.keys()])].map((name) => [
      name,
      { english: english.get(name) ?? UNKNOWN, abroad: abroad.get(name) ?? UNKNOWN },
    ]),
  );
}

function standingsOf(list: string): Map<string, Standing> {
  const standings = new Map<string, { own: number; formals: number[] }>();
  const standingOf = (name: string) => {
    const known = standings.get(name) ?? { own: -1, formals: [] };
    standings.set(name, known);
    return known;
  };
  for (const [number, line] of list.trim().split('\n').entries()) {
    const [formal, nicknames] = line.split(':');
    standingOf(formal).own = number;
    for (const nickname of nicknames.split(' ')) standingOf(nickname).formals.push(number);
  }
  return standings;
}

const FAMILIES = readFamilies();
