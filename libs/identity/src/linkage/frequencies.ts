import type { Dataset } from './dataset.js';
import type { FieldKindName } from './field-kinds.js';
import type { Model } from './model.js';

/** How common values were when a model was learned. Values that few hold are left out: they are a person's, and a model outlives a person. */
export type Frequencies = Record<string, { filled: number; common: Record<string, number> }>;

/** Holders from which a value belongs to nobody in particular. */
const COMMON = 5;
/** What a value counts for that is not common. */
const RARE = 2;
/** Their values name one person, however many hold them. */
const IDENTIFIERS: readonly FieldKindName[] = ['email', 'phone', 'nationalId', 'profileUrl'];

/** The frequencies of a data set, to be kept with the model that was learned from it. */
export function takeFrequencies({ columns }: Dataset): Frequencies {
  return Object.fromEntries(
    columns.map(({ name, kind, filled, counts, table }) => {
      const values = IDENTIFIERS.includes(kind) ? [] : table.texts.map((text, value) => [text, counts[value] ?? 0] as const);
      const common = values.filter(([, count]) => count >= COMMON).sort(([a], [b]) => (a < b ? -1 : 1));
      return [name, { filled, common: Object.fromEntries(common) }];
    }),
  );
}

/** The data set with the model's frequencies in the place of its own, where the model has any: a score then depends on the two records alone. */
export function useFrequencies(dataset: Dataset, { frequencies }: Model): Dataset {
  if (frequencies === undefined) return dataset;
  const columns = dataset.columns.map((column) => {
    const known = frequencies[column.name];
    if (known === undefined) return column;
    const counts = Uint32Array.from(column.counts, (_, value) =>
      Object.hasOwn(known.common, column.table.texts[value]) ? known.common[column.table.texts[value]] : RARE,
    );
    return { ...column, counts, filled: known.filled };
  });
  return { ...dataset, columns };
}
