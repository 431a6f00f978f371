export type { MappingAst } from './ast.js';
export { compileMapping } from './compile-mapping.js';
export { faultText, loadMappings, MappingError, validateTogether } from './load-mappings.js';
export type {
  CompiledMapping,
  Direction,
  ExplainStep,
  FieldExplanation,
  FieldRule,
  InwardContext,
  LookupKey,
  MapResult,
  MappingFault,
  OnBoth,
  OutwardContext,
  ParentLink,
  ThreadLink,
  ParentRole,
  RecordFailure,
  Wins,
} from './mapping.js';
export { MappingDiffer, type FieldChanges, type MappingDiff } from './insight/diff-mappings.js';
export { proposePatch, proposeRule, type DriftedRecord, type MappingPatch } from './insight/propose-patch.js';
export { previewRecords, type MappingPreview, type PreviewedRecord, type StoredRecord } from './insight/preview-records.js';
export { noShape, readsPath, ShapeWatch, type StreamShape } from './insight/stream-shape.js';
export { suggestMapping, type MappingSuggestion, type SuggestedRule } from './insight/suggest-mapping.js';
export { mappingSchemaText } from './mapping-schema.js';
export { Reader, shown, type Path, type Yaml } from './reader.js';
export { WINS } from './mapping.js';
export { parseMapping } from './parse-mapping.js';
export { readExamples, runExample, type MappingExample } from './run-example.js';
export { modelGuide } from './model-guide.js';
