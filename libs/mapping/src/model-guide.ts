import { OBJECT_NAMES, OBJECTS, type FieldType } from '#hub/canonical';

/** The canonical model as Markdown, for docs/mapping.md: each object with its fields, what they hold and who may see them. */
export function modelGuide(): string {
  return OBJECT_NAMES.map((name) => {
    const { fields, needsOneOf, parents } = OBJECTS[name];
    const needs = `needs ${needsOneOf.length > 1 ? 'one of ' : ''}${needsOneOf.join(', ')}`;
    const belongs = parents.length > 0 ? `; may belong to a ${parents.join(', ')}` : '';
    const rows = Object.entries(fields).map(([field, definition]) => `| ${field} | ${holds(definition.type)} | ${definition.class} |`);
    return [`**${name}** ${needs}${belongs}`, '', '| field | holds | class |', '|---|---|---|', ...rows].join('\n');
  }).join('\n\n');
}

function holds(type: FieldType): string {
  switch (type.kind) {
    case 'enum':
      return type.values.join(' \\| ');
    case 'zone':
      return 'time zone';
    case 'scalar':
      return 'text, number or boolean';
    case 'object':
      return `group: ${Object.entries(type.fields)
        .map(([part, inner]) => (inner.kind === 'text' ? part : `${part} (${holds(inner)})`))
        .join(', ')}`;
    case 'set':
    case 'list':
      return `list of ${holds(type.of).replace(/^group:/, 'groups:')}`;
    default:
      return type.kind;
  }
}
