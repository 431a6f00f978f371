import type { YAMLError } from 'yaml';

export interface SyntaxFault {
  line: number;
  column: number;
  message: string;
}

/** What is wrong with a file that is no YAML, in words for whoever wrote it: the first mistake, since the others follow from it. */
export function syntaxFault(error: YAMLError, text: string): SyntaxFault {
  const [{ line, col }] = error.linePos ?? [{ line: 1, col: 1 }];
  const lines = text.split('\n');
  const at = (message: string): SyntaxFault => ({ line, column: col, message });
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return at('a tab indents this line; use blanks, two for each level');
    case 'BAD_INDENT':
      return /and end with a/.test(error.message) ? unclosed(lines, line) : at(MISALIGNED);
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return error.message.startsWith('Nested mappings') ? at(secondColon(lines, line)) : at(MISALIGNED);
    case 'BLOCK_IN_FLOW':
      return at(
        'a comma is missing before the next word: inside { } stand word: value, word: value; a value with a colon in it stands in quotes',
      );
    case 'MISSING_CHAR':
      return error.message.includes('quote')
        ? openQuote(lines, line)
        : at('this line is no word: value; a colon is missing, or it belongs to the line above and stands too far left');
    case 'UNEXPECTED_TOKEN':
      return at(unexpected(lines[line - 1] ?? '', col));
    case 'BAD_SCALAR_START':
      return at('a value that begins with this sign stands in quotes');
    case 'MULTIPLE_DOCS':
      return at('a file holds one mapping; take away the line --- and what follows it');
    default:
      return at(error.message.split('\n')[0].replace(/ at line \d+, column \d+:$/, ''));
  }
}

const MISALIGNED = 'this line stands at another column than its neighbours; the entries of one list or group begin at the same column';

/** The library notices where the next line begins; the sign is missing in the one before. */
function unclosed(lines: string[], line: number): SyntaxFault {
  const inLine = (number: number): SyntaxFault | undefined => {
    const text = lines[number - 1] ?? '';
    const [open] = openBrackets(text).slice(-1);
    return (
      open && {
        line: number,
        column: open.at + 1,
        message: `the ${open.sign} that opens here is not closed: a ${open.sign === '{' ? '}' : ']'} is missing`,
      }
    );
  };
  for (let number = line; number >= Math.max(1, line - 50); number -= 1) {
    const found = inLine(number);
    if (found) return found;
  }
  return { line, column: 1, message: 'a } or ] is missing before this line' };
}

/** The library notices at the end of the file; the line where the quotes are odd is where it began. */
function openQuote(lines: string[], line: number): SyntaxFault {
  const odd = lines.slice(0, line).findLastIndex((text) => (text.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1);
  if (odd < 0) return { line, column: 1, message: 'a quote is opened before this and not closed' };
  return { line: odd + 1, column: lines[odd].lastIndexOf('"') + 1, message: 'the quote that opens here is not closed' };
}

function openBrackets(text: string): { sign: string; at: number }[] {
  const open: { sign: string; at: number }[] = [];
  for (const { 0: sign, index } of text.replace(/"[^"]*"|'[^']*'/g, (quoted) => '_'.repeat(quoted.length)).matchAll(/[{}[\]]/g)) {
    if (sign === '{' || sign === '[') open.push({ sign, at: index });
    else open.pop();
  }
  return open;
}

function secondColon(lines: string[], line: number): string {
  return /:\s.*:(\s|$)/.test(lines[line - 1] ?? '')
    ? 'a text with a colon in it stands in quotes'
    : 'this word has a value of its own and a group below it; the next line stands too far right, or the value is too many';
}

function unexpected(line: string, column: number): string {
  const sign = line[column - 1];
  if (sign === '[') return 'inside { } a path with [ ] stands in quotes: from: "names[0].last"';
  if (sign === '}' || sign === ']') return `this ${sign} closes nothing; take it away or open it`;
  return 'this stands behind the end of a value; a comma is missing before it, or all of the value stands in quotes';
}
