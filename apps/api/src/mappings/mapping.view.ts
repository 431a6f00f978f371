import type { CompiledMapping } from '#hub/mapping';
import { Flag, Many, Text, Whole } from '../described.js';

export class FieldRuleView {
  @Text({ description: 'canonical field' }) to: string;
  @Text({ description: 'path in the payload' }) from: string;
  @Text({ description: 'who is believed when sources differ' }) wins: string;
  @Text({ description: 'what happens when both sides changed it' }) onBoth: string;
  @Text({ description: 'in | out | both' }) direction: string;
  @Flag() required: boolean;
  @Text({ description: 'public | contact | sensitive | eeo | secret' }) class: string;
}
export class MappingView {
  @Text() name: string;
  @Whole() version: number;
  @Text({ description: 'content hash of the file' }) digest: string;
  @Text() connector: string;
  @Text() stream: string;
  @Text({ description: 'canonical object' }) into: string;
  @Many(FieldRuleView) fields: FieldRuleView[];
}
export class MappingList {
  @Many(MappingView) items: MappingView[];
  @Text({ nullable: true }) nextCursor: null;
}

export function mappingView({ name, version, digest, connector, stream, into, fields }: CompiledMapping): MappingView {
  return { name, version, digest, connector, stream, into, fields: fields.map((field) => ({ to: field.to, from: field.from, wins: field.wins, onBoth: field.onBoth, direction: field.direction, required: field.required, class: field.class })) };
}
