export { SHIPPED_BANDS, type Band, type Bands } from './bands.js';
export { DatasetBuilder, type Dataset, type FieldMap, type Row } from './dataset.js';
export { evaluate, type Evaluation } from './evaluate.js';
export { FIELD_KINDS, type FieldKindName } from './field-kinds.js';
export type { Model } from './model.js';
export { formalNames } from './nicknames.js';
export { seededRandom } from './random.js';
export type { Contribution } from './pair-scorer.js';
export { explainPair, resolve, trainModel, type PairExplanation, type Resolution, type ResolveOptions } from './resolve.js';
