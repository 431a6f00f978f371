import { OBJECT_NAMES, OBJECTS } from '#hub/canonical';
import { DIRECTIONS, FIELD_CLASSES, ON_BOTH, PARENT_ROLES, WINS, WRITE_POLICIES } from './mapping.js';
import type { ArgumentRule } from './operators/argument.js';
import { STEPS } from './operators/steps.js';
import { TYPES } from './operators/types.js';

type Schema = Record<string, unknown>;

const path: Schema = { type: 'string', description: 'a.b, a[0].b, a[].b, a[name=word].b, a["odd key"], or . for the whole' };
const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const scalar: Schema = { type: ['string', 'number', 'boolean'] };
const words = (values: readonly string[]): Schema => ({ enum: values });
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const tableOf = (value: Schema): Schema => ({ type: 'object', minProperties: 1, additionalProperties: value });
const refTo = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
const strict = (properties: Schema, required: readonly string[] = []): Schema => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});

function argumentSchema(rule: ArgumentRule): Schema {
  switch (rule.kind) {
    case 'none':
      return { type: 'null' };
    case 'text':
      return { type: 'string', minLength: 1, maxLength: rule.max };
    case 'whole':
      return { type: 'integer', minimum: rule.min, maximum: rule.max };
    case 'word':
      return words(rule.words);
    case 'texts':
      return listOf(text);
    case 'path':
      return path;
    case 'pattern':
      return { type: 'string', description: 'RE2 pattern: linear in time, no look-around, no back-references' };
    case 'condition':
      return refTo('condition');
    case 'setting':
      return { anyOf: [text, strict({ from: path }, ['from']), strict({ setting: text }, ['setting'])] };
    case 'table':
      return tableOf(rule.to === 'boolean' ? flag : scalar);
    case 'group':
      return strict(Object.fromEntries(Object.entries(rule.fields).map(([name, field]) => [name, argumentSchema(field)])));
  }
}

const condition: Schema = {
  anyOf: [
    strict({ all: listOf(refTo('condition')) }, ['all']),
    strict({ any: listOf(refTo('condition')) }, ['any']),
    strict({ not: refTo('condition') }, ['not']),
    strict({ parent: words(PARENT_ROLES), known: flag }, ['parent']),
    strict(
      {
        field: path,
        equals: { type: ['string', 'number', 'boolean', 'null'] },
        in: listOf(scalar),
        contains: scalar,
        startsWith: text,
        endsWith: text,
        matches: text,
        greaterThan: { type: ['string', 'number'] },
        lessThan: { type: ['string', 'number'] },
        exists: flag,
        isFuture: flag,
      },
      ['field'],
    ),
  ],
};

function stepSchema(): Schema {
  const alone = Object.keys(STEPS).filter((name) => STEPS[name].argument.kind === 'none' || STEPS[name].argument.optional);
  const withArgument = Object.entries(STEPS)
    .filter(([, step]) => step.argument.kind !== 'none')
    .map(([name, step]) => ({ ...strict({ [name]: argumentSchema(step.argument) }, [name]), description: step.says }));
  return { anyOf: [words(alone), ...withArgument] };
}

function valueProperties(): Schema {
  const options = new Map<string, Schema>();
  for (const type of Object.values(TYPES))
    for (const [name, rule] of Object.entries(type.options)) options.set(name, mergeWords(options.get(name), argumentSchema(rule)));
  return {
    from: { anyOf: [path, listOf(path)] },
    template: text,
    slots: tableOf(path),
    value: scalar,
    when: listOf({ type: 'object', required: ['if'], properties: { if: refTo('condition') } }),
    otherwise: { type: 'object' },
    do: listOf(refTo('step')),
    as: { anyOf: Object.entries(TYPES).map(([name, type]) => ({ const: name, description: type.says })) },
    table: { type: 'object', minProperties: 1, description: 'vendor word → canonical word' },
    else: words(['park', 'block']),
    parts: { type: 'object', additionalProperties: { anyOf: [path, refTo('value')] } },
    default: scalar,
    ...Object.fromEntries(options),
  };
}

/** Types may offer different words under one option's name: an editor is shown them all. */
function mergeWords(known: Schema | undefined, next: Schema): Schema {
  if (!known || !Array.isArray(known.enum) || !Array.isArray(next.enum)) return known ?? next;
  return words([...new Set([...(known.enum as string[]), ...(next.enum as string[])])]);
}

const fieldNames = [...new Set(Object.values(OBJECTS).flatMap((object) => Object.keys(object.fields)))].sort();

function fieldSchema(): Schema {
  return strict(
    {
      to: words(fieldNames),
      ...valueProperties(),
      wins: words(WINS),
      onBoth: words(ON_BOTH),
      direction: words(DIRECTIONS),
      writePolicy: words(WRITE_POLICIES),
      required: flag,
      nullMeans: words(['absent', 'cleared']),
      class: words(FIELD_CLASSES),
      back: strict({ to: path, template: text, do: listOf(refTo('step')), table: tableOf(scalar) }),
      description: text,
    },
    ['to'],
  );
}

/** Text of mappings/schema.json: draft-07, for editors. The validator says more than a schema can. */
export function mappingSchemaText(): string {
  const properties = {
    mapping: text,
    version: { type: 'integer', minimum: 1 },
    description: text,
    from: strict({ connector: text, stream: text }, ['connector', 'stream']),
    into: words(OBJECT_NAMES),
    allow: strict({ classes: listOf(words(['sensitive', 'eeo'])), because: text }, ['classes', 'because']),
    keepIf: refTo('condition'),
    createWhen: refTo('condition'),
    identify: strict({ externalId: path, ref: path, writeId: path, match: { type: 'array' } }),
    parents: {
      type: 'object',
      additionalProperties: strict({
        object: words(OBJECT_NAMES),
        externalId: path,
        ref: path,
        email: path,
        mentioned: path,
        required: flag,
      }),
    },
    thread: strict({ answers: path, references: path, subject: path, sender: path }, ['answers']),
    needsParent: flag,
    fields: { type: 'array', minItems: 1, items: fieldSchema() },
    outward: listOf(
      strict(
        {
          to: path,
          from: { type: 'string', pattern: '^\\$(ref$|writeId$|settings\\.|parents\\.|values\\.)' },
          value: scalar,
          without: text,
          description: text,
        },
        ['to'],
      ),
    ),
  };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Tributary mapping',
    ...strict(properties, ['mapping', 'version', 'from', 'into', 'fields']),
    definitions: { condition, step: stepSchema(), value: strict(valueProperties()) },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
