/** What a format finds in a text. Months count from 1. */
export interface DateParts {
  year: number;
  month?: number;
  day?: number;
  hour?: number;
  minute?: number;
  second?: number;
  millisecond?: number;
  /** Minutes east of UTC. */
  offset?: number;
}
export interface DateFormat {
  parse: (text: string) => DateParts | undefined;
  print: (parts: DateParts) => string;
  tokens: ReadonlySet<string>;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const TOKEN = /YYYY|MMMM|MMM|MM|M|DD|D|HH|H|hh|h|mm|ss|SSS|A|Z|[^A-Za-z]|[A-Za-z]/gy;
const LETTER = /^[A-Za-z]$/;
type Field = Exclude<keyof DateParts, never>;
const NUMBERS: Record<string, [Field, number, number]> = {
  YYYY: ['year', 4, 4],
  MM: ['month', 2, 2],
  M: ['month', 1, 2],
  DD: ['day', 2, 2],
  D: ['day', 1, 2],
  HH: ['hour', 2, 2],
  H: ['hour', 1, 2],
  hh: ['hour', 2, 2],
  h: ['hour', 1, 2],
  mm: ['minute', 2, 2],
  ss: ['second', 2, 2],
  SSS: ['millisecond', 3, 3],
};

/** Compiles a format such as `DD.MM.YYYY HH:mm`; words of its own stand between apostrophes. @returns the format, or what is wrong with it. */
export function compileDateFormat(source: string): DateFormat | string {
  const tokens = tokensOf(source);
  if (typeof tokens === 'string') return tokens;
  const names = new Set(tokens.flatMap((token) => ('name' in token ? [token.name] : [])));
  if (!names.has('YYYY')) return 'a date format needs YYYY, the year';
  if ((names.has('h') || names.has('hh')) !== names.has('A')) return 'hours of twelve (h, hh) go with A, am or pm';
  return { parse: (text) => parse(tokens, text), print: (parts) => tokens.map((token) => print(token, parts)).join(''), tokens: names };
}

type Token = { name: string } | { letters: string };

function tokensOf(source: string): Token[] | string {
  const tokens: Token[] = [];
  for (const [at, piece] of source.split("'").entries()) {
    if (at % 2 === 1) tokens.push({ letters: piece });
    else
      for (const [token] of piece.matchAll(new RegExp(TOKEN.source, 'g'))) {
        if (LETTER.test(token) && !['M', 'D', 'H', 'h', 'A', 'Z', 'T'].includes(token))
          return `"${token}" means nothing in a format; its words are YYYY MM M MMM MMMM DD D HH H hh h mm ss SSS A Z, letters of your own stand between '…'`;
        tokens.push(/^[A-SU-Za-z]/.test(token) ? { name: token } : { letters: token });
      }
  }
  return tokens;
}

function parse(tokens: Token[], text: string): DateParts | undefined {
  const parts: Partial<DateParts> = {};
  let [at, noon] = [0, undefined as string | undefined];
  for (const token of tokens) {
    if ('letters' in token) {
      if (!text.startsWith(token.letters, at)) return undefined;
      at += token.letters.length;
      continue;
    }
    const found = readToken(token.name, text.slice(at, at + 12));
    if (!found) return undefined;
    at += found.length;
    if (found.field === 'noon') noon = String(found.value);
    else parts[found.field] = Number(found.value);
  }
  if (at !== text.length || parts.year === undefined) return undefined;
  if (noon !== undefined) {
    if (parts.hour === undefined || parts.hour < 1 || parts.hour > 12) return undefined;
    parts.hour = (parts.hour % 12) + (noon === 'pm' ? 12 : 0);
  }
  return isReal(parts as DateParts) ? (parts as DateParts) : undefined;
}

interface Found {
  field: Field | 'noon';
  value: number | string;
  length: number;
}

function readToken(name: string, text: string): Found | undefined {
  if (Object.hasOwn(NUMBERS, name)) {
    const [field, least, most] = NUMBERS[name];
    const digits = /^\d+/.exec(text.slice(0, most))?.[0] ?? '';
    return digits.length >= least ? { field, value: Number(digits), length: digits.length } : undefined;
  }
  if (name === 'A') {
    const noon = /^[ap]m/i.exec(text)?.[0];
    return noon ? { field: 'noon', value: noon.toLowerCase(), length: 2 } : undefined;
  }
  if (name === 'Z') return readOffset(text);
  const month = MONTHS.findIndex((long) => text.toLowerCase().startsWith((name === 'MMM' ? long.slice(0, 3) : long).toLowerCase()));
  return month < 0 ? undefined : { field: 'month', value: month + 1, length: name === 'MMM' ? 3 : MONTHS[month].length };
}

function readOffset(text: string): Found | undefined {
  if (text.startsWith('Z')) return { field: 'offset', value: 0, length: 1 };
  const match = /^([+-])(\d{2}):?(\d{2})/.exec(text);
  if (!match || Number(match[2]) > 14 || Number(match[3]) > 59) return undefined;
  return { field: 'offset', value: (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])), length: match[0].length };
}

function isReal({ year, month = 1, day = 1, hour = 0, minute = 0, second = 0 }: DateParts): boolean {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

const two = (value: number): string => String(value).padStart(2, '0');

function print(token: Token, parts: DateParts): string {
  if ('letters' in token) return token.letters;
  const { year, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0, offset = 0 } = parts;
  switch (token.name) {
    case 'YYYY':
      return String(year).padStart(4, '0');
    case 'MMMM':
      return MONTHS[month - 1];
    case 'MMM':
      return MONTHS[month - 1].slice(0, 3);
    case 'MM':
      return two(month);
    case 'M':
      return String(month);
    case 'DD':
      return two(day);
    case 'D':
      return String(day);
    case 'HH':
      return two(hour);
    case 'H':
      return String(hour);
    case 'hh':
      return two(hour % 12 || 12);
    case 'h':
      return String(hour % 12 || 12);
    case 'mm':
      return two(minute);
    case 'ss':
      return two(second);
    case 'SSS':
      return String(millisecond).padStart(3, '0');
    case 'A':
      return hour < 12 ? 'AM' : 'PM';
    default:
      return offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  }
}
