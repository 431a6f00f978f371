import type { ValueSpec } from '../ast.js';
import { closestWord } from '../closest-word.js';
import type { Read } from '../path.js';
import { Refused, SILENT, type Decode } from './refused.js';

/** What a message may quote: a vendor's own word, never something that could be an address or a number of a person. */
const WORD = /^[A-Za-z][A-Za-z _-]{0,39}$/;

export function enumDecode(spec: ValueSpec, read: Read): Decode {
  const table = new Map(Object.entries(spec.table ?? {}));
  const words = [...table.keys()];
  return (root) => {
    const value = read(root);
    if (value === undefined || value === null || value === '') return value === '' ? undefined : value;
    if (typeof value === 'object') return new Refused('SCHEMA_DRIFT', 'changed its type; it was a word');
    const known = table.get(String(value));
    if (known !== undefined) return known === SILENT ? undefined : known;
    const word = WORD.test(String(value)) ? `"${String(value)}"` : 'a word';
    const meant = closestWord(String(value).slice(0, 60), words);
    return new Refused(
      'STAGE_UNMAPPED',
      `holds ${word}, which its table does not know${meant ? ` (near "${meant}")` : ''}; add the word to the table or correct it at the source`,
    );
  };
}
