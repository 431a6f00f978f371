/** Aligned columns without colour; numbers to the right. Text of vendors cannot steer the terminal. */
export function table(columns: string[], rows: unknown[][], none = 'none'): string {
  if (rows.length === 0) return none;
  const cells = rows.map((row) => row.map(cellText));
  const right = columns.map((_, at) => rows.every((row) => typeof row[at] === 'number'));
  const widths = columns.map((name, at) => Math.max(name.length, ...cells.map((row) => row[at].length)));
  const line = (row: string[]): string =>
    row
      .map((cell, at) => (right[at] ? cell.padStart(widths[at]) : cell.padEnd(widths[at])))
      .join('  ')
      .trimEnd();
  return [line(columns.map((name) => name.toUpperCase())), ...cells.map(line)].join('\n');
}

/** One fact a line; what is not known is left out. */
export function facts(pairs: [string, unknown][]): string {
  const known = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '');
  const width = Math.max(0, ...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${cellText(value)}`).join('\n');
}

function cellText(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-';
  return printable(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\n', ' ');
}

/** Without control characters, direction overrides and escape sequences. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');
}
