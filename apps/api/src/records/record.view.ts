import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, IsUUID, Length } from 'class-validator';
import { OBJECT_NAMES } from '#hub/canonical';
import { Anything, At, Flag, Id, Json, Many, Text, Whole } from '../described.js';
import { RevealQuery } from './reveal.js';

export class RecordQuery extends RevealQuery {
  @ApiProperty({ enum: OBJECT_NAMES }) @IsIn(OBJECT_NAMES) object: string;
  @ApiProperty({ format: 'uuid' }) @IsUUID() connection: string;
  @ApiProperty() @IsString() @Length(1, 1_000) externalId: string;
}
export class RelatedView {
  @Text({ optional: true, description: 'role of the parent' }) role?: string;
  @Text() object: string;
  @Text({ nullable: true }) ref: string | null;
  @Id() id: string;
}
export class SourceView {
  @Id() recordId: string;
  @Text() connection: string;
  @Id() connectionId: string;
  @Text() stream: string;
  @Text() externalId: string;
  @Text() mapping: string;
  @At() changedAt: Date;
  @At({ nullable: true }) deletedAt: Date | null;
}
export class FileView {
  @Text() connection: string;
  @Text({ description: 'the vendor’s' }) fileId: string;
  @Text({ nullable: true, description: 'null while there is no copy' }) sha256: string | null;
  @Text({ nullable: true }) mime: string | null;
  @Whole({ nullable: true, description: 'bytes' }) size: number | null;
  @At({ nullable: true }) copiedAt: Date | null;
  @Text({ nullable: true, description: 'why it could not be copied' }) failure: string | null;
  @At({ nullable: true, description: 'when it is asked for again; null once it is given up, or here' }) triedAgainAt: Date | null;
}
export class OpenItemView {
  @Id() id: string;
  @Text() code: string;
  @Text() message: string;
  @Text() state: string;
}
export class HeldFieldView {
  @Text() field: string;
  @Id({ nullable: true, description: 'item that must be settled' }) itemId: string | null;
  @Text({ nullable: true, description: 'pair that must be decided, as in /identity/reviews/{id}/{other}' }) review: string | null;
}
export class RecordConflictView {
  @Id() id: string;
  @Text() field: string;
  @At() openedAt: Date;
}
export class TransitionView {
  @Text({ nullable: true }) bucketFrom: string | null;
  @Text({ nullable: true }) bucketTo: string | null;
  @Json({ nullable: true }) fromStage: unknown;
  @Json() toStage: unknown;
  @At() enteredAt: Date;
  @At() observedAt: Date;
  @Flag({ description: 'concluded by the hub, not said by the vendor' }) inferred: boolean;
}
export class RecordChangeView {
  @Id() id: string;
  @Text() connection: string;
  @Text() operation: string;
  @Text({ list: true }) fields: string[];
  @Text() state: string;
  @At() createdAt: Date;
}
/** Where one value comes from. */
export class ProvenanceView {
  @Text() connection: string;
  @Text({ nullable: true }) externalId: string | null;
  @Text({ nullable: true }) mapping: string | null;
  @Text() rule: string;
  @At({ nullable: true }) at: string | null;
  @Text({ description: 'the reason as a sentence' }) why: string;
}
export class RecordView {
  @Text({ nullable: true }) ref: string | null;
  @Text({ nullable: true, description: 'the reference number that was asked for, when it was merged into this one' }) redirectedFrom:
    string | null;
  @Id() id: string;
  @Text({ enum: OBJECT_NAMES }) object: string;
  @Json({ description: 'canonical values; masked by field class unless revealed' }) values: Record<string, unknown>;
  @ApiProperty({ type: 'object', additionalProperties: { $ref: '#/components/schemas/ProvenanceView' }, description: 'by field' })
  provenance: Record<string, ProvenanceView>;
  @Text({ list: true, description: 'fields that wait for a conflict to be settled' }) frozen: string[];
  @At({ nullable: true }) deletedAt: Date | null;
  @At() updatedAt: Date;
  @Many(SourceView) sources: SourceView[];
  @Many(FileView, { description: 'what the hub knows of the files of its sources; GET /files/{sha256} gives a copy' }) files: FileView[];
  @Many(RelatedView) parents: RelatedView[];
  @Many(RelatedView, { description: 'at most 200' }) children: RelatedView[];
  @Many(OpenItemView) openItems: OpenItemView[];
  @Many(HeldFieldView, { description: 'fields that are not written outward while an item is open' }) held: HeldFieldView[];
  @Many(RecordConflictView) conflicts: RecordConflictView[];
  @Many(TransitionView) transitions: TransitionView[];
  @Many(RecordChangeView, { description: 'the latest 20 outward changes' }) outbox: RecordChangeView[];
}
export class OtherValueView {
  @Text() connection: string;
  @Text() externalId: string;
  @Anything('what this source says') value: unknown;
  @At() changedAt: Date;
}
export class FieldView extends ProvenanceView {
  @Text() field: string;
  @Anything('golden value') value: unknown;
  @Flag({ description: 'true when values are hidden because of their class' }) masked: boolean;
  @Many(OtherValueView, { description: 'the sources that did not win' }) others: OtherValueView[];
}
