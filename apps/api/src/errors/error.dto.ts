import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsDefined, IsIn, IsOptional, IsRFC3339, IsString, IsUUID, Length } from 'class-validator';
import { FAILURE_CODES } from '#hub/canonical';
import { ITEM_STATES, type RetryMode } from '#hub/sync';
import { Anything, Flag, Id, Many, One, Text, Whole } from '../described.js';
import { PageQuery } from '../paging.js';

export const STAGES = ['pull', 'map', 'match', 'merge', 'push', 'reconcile'];
const MODES = ['fresh', 'as-it-was', 'current-mapping'];
const LIVE = 'live';

export class ErrorsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: [...ITEM_STATES, LIVE], description: 'live: everything that is not resolved' })
  @IsOptional()
  @IsIn([...ITEM_STATES, LIVE])
  state?: string;
  @ApiPropertyOptional({ enum: FAILURE_CODES }) @IsOptional() @IsIn(FAILURE_CODES) code?: string;
  @ApiPropertyOptional({ enum: STAGES }) @IsOptional() @IsIn(STAGES) stage?: string;
  @ApiPropertyOptional({ format: 'uuid' }) @IsOptional() @IsUUID() connection?: string;
  @ApiPropertyOptional({ format: 'uuid' }) @IsOptional() @IsUUID() group?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 200) assignee?: string;
  @ApiPropertyOptional({ description: 'reference number' }) @IsOptional() @IsString() @Length(1, 40) ref?: string;
}
export class GroupsQuery extends PageQuery {
  @ApiPropertyOptional({ format: 'uuid' }) @IsOptional() @IsUUID() connection?: string;
  @ApiPropertyOptional({ enum: FAILURE_CODES }) @IsOptional() @IsIn(FAILURE_CODES) code?: string;
}
export class PreviewQuery {
  @ApiPropertyOptional({
    enum: MODES,
    default: 'current-mapping',
    description: 'fresh cannot be previewed: it reads from the vendor when it runs',
  })
  @IsOptional()
  @IsIn(MODES)
  mode?: RetryMode;
}
export class RetryDto {
  @ApiPropertyOptional({ enum: MODES, default: 'fresh' }) @IsOptional() @IsIn(MODES) mode?: RetryMode;
}
export class EditDto {
  @ApiProperty({ type: Object, description: 'the whole record as the vendor would send it; it must pass the mapping' })
  @IsDefined()
  payload: unknown;
  @ApiProperty() @IsString() @Length(1, 1_000) reason: string;
}
export class IgnoreDto {
  @ApiProperty() @IsString() @Length(1, 1_000) reason: string;
  @ApiPropertyOptional({ format: 'date-time' }) @IsOptional() @IsRFC3339() until?: string;
}
export class AssignDto {
  @ApiProperty() @IsString() @Length(1, 200) assignee: string;
}
export class SnoozeDto {
  @ApiProperty({ format: 'date-time' }) @IsRFC3339() until: string;
}
export class ResolveDto {
  @ApiProperty() @IsString() @Length(1, 1_000) reason: string;
}

export class RunIdView {
  @Id() runId: string;
}
export class RetryMappingView {
  @Text() name: string;
  @Whole({ nullable: true, description: 'version when the item was parked' }) then: number | null;
  @Whole({ description: 'version of today' }) now: number;
}
export class RetryFailureView {
  @Text({ enum: FAILURE_CODES }) code: string;
  @Text() field: string;
  @Text() pointer: string;
  @Text() message: string;
}
export class FieldChangeView {
  @Text() field: string;
  @Text({ enum: ['absent', 'set'] }) now: string;
  @Text({ enum: ['absent', 'set'] }) then: string;
}
export class RetryPreviewView {
  @Text({ enum: ['mapped', 'excluded', 'refused'], description: 'what the mapping of today makes of the stored payload' }) outcome: string;
  @One(RetryMappingView) mapping: RetryMappingView;
  @Flag({ description: 'an edited payload would be sent through' }) edited: boolean;
  @Many(RetryFailureView) failures: RetryFailureView[];
  @Many(FieldChangeView, { description: 'canonical fields that would change, without their values' }) changes: FieldChangeView[];
}
export class PayloadView {
  @Anything('the record as the vendor sent it, or as it was edited last') payload: unknown;
  @Flag() edited: boolean;
  @Whole() version: number;
}
export class PatchView {
  @Text({ list: true, description: 'why this and not another' }) reasons: string[];
  @Whole({ description: 'of the records that were tried, those that it lets through' }) mends: number;
  @Whole() tried: number;
  @Text({ list: true, description: 'lines that change: - was, + is' }) lines: string[];
  @Text({ description: 'the whole file with its next version, ready for POST /mappings/{name}/versions' }) text: string;
}
export class PatchAnswerView {
  @One(PatchView, { nullable: true }) patch: PatchView | null;
}
export class GroupAnswerView {
  @Whole() moved: number;
  @Whole({ description: 'items whose state does not allow it' }) skipped: number;
}
