import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectName } from '#hub/canonical';
import { suggestMapping } from '#hub/mapping';

/** Records as a vendor sends them, with the places that a person chose for each field. No word of the suggester was chosen by looking at them. */
interface Labelled {
  source: string;
  into: ObjectName;
  /** Field → places that are right, as a mapping names them. */
  labels: Record<string, string[]>;
  records: unknown[];
}
interface Counts {
  suggested: number;
  right: number;
  labelled: number;
}
export interface SuggestBench {
  bench: 'suggest';
  mappings: number;
  fields: number;
  /** Of the rules that were proposed, those that a person chose too. */
  precision: number;
  /** Of the fields that a person mapped, those that were proposed rightly. */
  recall: number;
  /** The same for rules of at least 90 % confidence. */
  confident: { precision: number; recall: number };
  /** What is wrong or missing, by source. */
  misses: Record<string, string[]>;
}

const FOLDER = join(__dirname, '..', '..', '..', 'test', 'data', 'mapping-suggest');

/** How often a proposal is what a person would have written, on a held-out set of labelled mappings. */
export function run(): SuggestBench {
  return measure(FOLDER);
}

export function measure(folder: string): SuggestBench {
  const sets = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Labelled);
  const misses: SuggestBench['misses'] = {};
  const [all, confident] = [0, 0.9].map((least) => sets.map((set) => count(set, least, least === 0 ? misses : {})).reduce(add));
  return {
    bench: 'suggest',
    mappings: sets.length,
    fields: all.labelled,
    precision: share(all.right, all.suggested),
    recall: share(all.right, all.labelled),
    confident: { precision: share(confident.right, confident.suggested), recall: share(confident.right, confident.labelled) },
    misses,
  };
}

function count({ source, into, labels, records }: Labelled, least: number, misses: Record<string, string[]>): Counts {
  const [connector, stream] = source.split('.');
  const rules = suggestMapping(records, { connector, stream, into }).rules.filter((rule) => rule.confidence >= least);
  const isRight = (to: string, from: string): boolean => Object.hasOwn(labels, to) && labels[to].includes(from);
  const wrong = rules.filter((rule) => !isRight(rule.to, rule.from)).map((rule) => `${rule.to} from ${rule.from} (${rule.confidence})`);
  const missing = Object.keys(labels).filter((to) => !rules.some((rule) => rule.to === to && isRight(to, rule.from)));
  misses[source] = [...wrong.map((rule) => `wrong: ${rule}`), ...missing.map((to) => `missing: ${to} from ${labels[to][0]}`)];
  return { suggested: rules.length, right: rules.length - wrong.length, labelled: Object.keys(labels).length };
}

function add(a: Counts, b: Counts): Counts {
  return { suggested: a.suggested + b.suggested, right: a.right + b.right, labelled: a.labelled + b.labelled };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Number((part / whole).toFixed(3));
}
