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
  MapResult,
  MappingFault,
  OnBoth,
  OutwardContext,
  ParentLink,
  ParentRole,
  RecordFailure,
  Wins,
} from './mapping.js';
export { mappingSchemaText } from './mapping-schema.js';
export { parseMapping } from './parse-mapping.js';
export { readExamples, runExample, type MappingExample } from './run-example.js';
