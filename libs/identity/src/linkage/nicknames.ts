import { foldText } from './fold-text.js';
import { NICKNAMES } from './nicknames.data.js';

/** The names a given name is short for, as numbers in rising order, and its own number where it is a formal name itself. */
export interface GivenNameFamily {
  own: number;
  formals: readonly number[];
}

const UNKNOWN: GivenNameFamily = { own: -1, formals: [] };

export function givenNameFamily(name: string): GivenNameFamily {
  return FAMILIES.get(name) ?? UNKNOWN;
}

/** Says whether two folded given names stand for one: `bill` and `william`, or two short forms of one name, but not `susan` and `hannah` who are both in `susannah`. */
export function areNicknames(a: GivenNameFamily, b: GivenNameFamily): boolean {
  if (a === UNKNOWN || b === UNKNOWN) return false;
  if (a.own >= 0 && b.formals.includes(a.own)) return true;
  if (b.own >= 0 && a.formals.includes(b.own)) return true;
  return a.own < 0 && b.own < 0 && a.formals.some((formal) => b.formals.includes(formal));
}

/** Labels of the formal names that a given name may stand for; the folded name itself where the list does not know it. */
export function formalNames(name: string): string[] {
  const folded = foldText(name);
  const { own, formals } = givenNameFamily(folded);
  const numbers = own >= 0 ? [own, ...formals] : formals;
  return numbers.length === 0 ? [folded] : numbers.map(String);
}

function readFamilies(): Map<string, GivenNameFamily> {
  const families = new Map<string, { own: number; formals: number[] }>();
  const familyOf = (name: string) => {
    const known = families.get(name) ?? { own: -1, formals: [] };
    families.set(name, known);
    return known;
  };
  NICKNAMES.trim()
    .split('\n')
    .forEach((line, number) => {
      const [formal, nicknames] = line.split(':');
      familyOf(formal).own = number;
      for (const nickname of nicknames.split(' ')) familyOf(nickname).formals.push(number);
    });
  return families;
}

const FAMILIES = readFamilies();
