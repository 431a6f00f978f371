import { OBJECT_NAMES, OBJECTS } from '#hub/canonical';
import { OPERATORS } from './ast.js';

const path = { type: 'string', description: 'a.b, a[0].b, a[].b or a[name=word].b' };
const scalar = { type: ['string', 'number', 'boolean'] };
const strict = (properties: Record<string, unknown>, required: string[] = []): Record<string, unknown> => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const value = {
  from: { anyOf: [path, { type: 'array', items: path }] },
  as: { enum: OPERATORS },
  table: { type: 'object', description: 'vendor word → canonical word' },
  zone: path,
  country: { type: 'string', pattern: '^[A-Z]{2}$' },
  parts: { type: 'object', additionalProperties: { anyOf: [path, { type: 'object' }] } },
  value: scalar,
};
const predicate = {
  anyOf: [
    strict({ all: { type: 'array' } }, ['all']),
    strict({ any: { type: 'array' } }, ['any']),
    strict({ parent: { type: 'string' }, known: { type: 'boolean' } }, ['parent']),
    strict(
      { field: path, equals: scalar, in: { type: 'array' }, contains: scalar, exists: { type: 'boolean' }, isFuture: { type: 'boolean' } },
      ['field'],
    ),
  ],
};
const fieldNames = [...new Set(Object.values(OBJECTS).flatMap((object) => Object.keys(object.fields)))].sort();

/** Text of mappings/schema.json: draft-07, for editors. The validator says more than a schema can. */
export function mappingSchemaText(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Tributary mapping',
    ...strict(
      {
        mapping: { type: 'string' },
        version: { type: 'integer', minimum: 1 },
        description: { type: 'string' },
        from: strict({ connector: { type: 'string' }, stream: { type: 'string' } }, ['connector', 'stream']),
        into: { enum: OBJECT_NAMES },
        keepIf: predicate,
        createWhen: predicate,
        identify: strict({ externalId: path, ref: path, writeId: path, match: { type: 'array' } }),
        parents: {
          type: 'object',
          additionalProperties: strict({ object: { enum: OBJECT_NAMES }, externalId: path, ref: path, required: { type: 'boolean' } }),
        },
        fields: {
          type: 'array',
          minItems: 1,
          items: strict(
            {
              to: { enum: fieldNames },
              ...value,
              wins: { enum: ['ats', 'calendar', 'mail', 'crm', 'newest', 'union'] },
              onBoth: { enum: ['freeze', 'ats', 'newest', 'union'] },
              direction: { enum: ['in', 'out', 'both'] },
              required: { type: 'boolean' },
              nullMeans: { enum: ['absent', 'cleared'] },
              description: { type: 'string' },
            },
            ['to'],
          ),
        },
        outward: {
          type: 'array',
          items: strict(
            {
              to: path,
              from: { type: 'string', pattern: '^\\$(ref$|writeId$|settings\\.|parents\\.|values\\.)' },
              value: scalar,
              without: { type: 'string' },
              description: { type: 'string' },
            },
            ['to'],
          ),
        },
      },
      ['mapping', 'version', 'from', 'into', 'fields'],
    ),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
