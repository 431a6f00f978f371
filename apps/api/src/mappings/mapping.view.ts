import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsBoolean,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import type { CompiledMapping } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';
import { Anything, At, Flag, Id, Json, Many, One, Text, Whole } from '../described.js';

const TEXT = 64 * 1024;

export class FieldRuleView {
  @Text({ description: 'canonical field' }) to: string;
  @Text({ description: 'paths in the payload' }) from: string;
  @Text({ description: 'who is believed when sources differ' }) wins: string;
  @Text({ description: 'what happens when both sides changed it' }) onBoth: string;
  @Text({ description: 'in | out | both' }) direction: string;
  @Text({ description: 'always | ifBlank | keepHumanEdit' }) writePolicy: string;
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
export class MappingTextView extends MappingView {
  @Text({ description: 'the file itself' }) text: string;
}
export class MappingVersionView {
  @Text() name: string;
  @Whole() version: number;
  @Text() digest: string;
  @Text({ enum: ['shipped', 'edited'] }) origin: string;
  @Flag({ description: 'runs now' }) live: boolean;
  @At({ nullable: true, description: 'immutable since then; null: a draft' }) usedAt: Date | null;
  @At({ nullable: true }) createdAt: Date | null;
}
export class MappingVersionList {
  @Many(MappingVersionView) items: MappingVersionView[];
  @Text({ nullable: true }) nextCursor: null;
}

export class MappingTextDto {
  /** The mapping file, as YAML. */
  @IsString() @IsNotEmpty() @MaxLength(TEXT) text: string;
}
export class VersionDto {
  @IsString() @IsNotEmpty() @MaxLength(200) name: string;
  @IsInt() @Min(1) version: number;
}
export class ActivationDto {
  @ValidateNested({ each: true }) @Type(() => VersionDto) @ArrayMinSize(1) @ArrayMaxSize(50) versions: VersionDto[];
  @IsString() @IsNotEmpty() @MaxLength(500) reason: string;
}
export class ChoiceDto {
  @ApiPropertyOptional({ description: 'a mapping file, as YAML' }) @IsOptional() @IsString() @MaxLength(TEXT) text?: string;
  @ApiPropertyOptional({ description: "a mapping's name; the stream's own where it is not said" })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  name?: string;
  @ApiPropertyOptional({ description: 'the live version where it is not said' }) @IsOptional() @IsInt() @Min(1) version?: number;
}
class RevealingDto extends ChoiceDto {
  @ApiPropertyOptional({ default: false, description: 'show personal values; needs records:reveal and is audited' })
  @IsOptional()
  @IsBoolean()
  reveal?: boolean;
}
export class PreviewDto extends RevealingDto {
  @IsUUID() streamId: string;
  @ApiPropertyOptional({ default: 20 }) @IsOptional() @IsInt() @Min(1) @Max(500) limit?: number;
}
export class ExplainDto extends RevealingDto {
  @IsUUID() streamId: string;
  @ApiPropertyOptional({ description: 'a stored record' }) @IsOptional() @IsString() @MaxLength(500) externalId?: string;
  @ApiPropertyOptional({ description: 'or a record as the vendor sends it' }) @IsOptional() @IsObject() payload?: Record<string, unknown>;
}
export class DiffDto {
  @IsUUID() streamId: string;
  @ValidateNested() @Type(() => ChoiceDto) before: ChoiceDto;
  @ValidateNested() @Type(() => ChoiceDto) after: ChoiceDto;
  @ApiPropertyOptional({ default: false, description: 'show personal samples; needs records:reveal and is audited' })
  @IsOptional()
  @IsBoolean()
  reveal?: boolean;
  @ApiPropertyOptional({ description: 'all stored records where it is not said' }) @IsOptional() @IsInt() @Min(1) limit?: number;
}
export class SuggestDto {
  @IsUUID() streamId: string;
  @ApiPropertyOptional({ default: 200 }) @IsOptional() @IsInt() @Min(1) @Max(2_000) limit?: number;
}
export class ReplayDto {
  @IsUUID() streamId: string;
  @IsInt() @Min(1) version: number;
  @ApiPropertyOptional({ default: false, description: 'without it, records that would cause a write outward stay as they are' })
  @IsOptional()
  @IsBoolean()
  confirmOutward?: boolean;
}

export class FaultView {
  @Text() file: string;
  @Whole() line: number;
  @Whole() column: number;
  @Text() message: string;
  @Text({ optional: true, description: 'what was probably meant' }) hint?: string;
}
export class CheckView {
  @Many(FaultView) faults: FaultView[];
}
export class MappingFailureView {
  @Text() code: string;
  @Text() field: string;
  @Text() pointer: string;
  @Text() message: string;
  @Flag({ description: 'the record goes on without this field' }) blocksOnlyField: boolean;
}
export class PreviewedView {
  @Text() externalId: string;
  @Text({ enum: ['mapped', 'excluded', 'refused'] }) outcome: string;
  @Many(MappingFailureView) failures: MappingFailureView[];
  @Json({ description: 'canonical values; personal ones are hidden without records:reveal' }) values: Record<string, unknown>;
}
export class PreviewView {
  @Text() mapping: string;
  @Many(PreviewedView) records: PreviewedView[];
  @Json({ description: 'mapped, excluded, refused' }) outcomes: Record<string, number>;
  @Json({ description: 'canonical field → % of mapped records with a value' }) coverage: Record<string, number>;
}
export class ExplainStepView {
  @Text() operator: string;
  @Anything('the value after this step') value: unknown;
}
export class ExplainedFieldView {
  @Text() to: string;
  @Text() from: string;
  @Many(ExplainStepView) steps: ExplainStepView[];
  @Anything('what the field becomes') result?: unknown;
  @One(MappingFailureView, { optional: true }) failure?: MappingFailureView;
}
export class ExplainView {
  @Text() mapping: string;
  @Text({ enum: ['mapped', 'excluded', 'refused'] }) outcome: string;
  @Many(ExplainedFieldView) fields: ExplainedFieldView[];
  @Many(MappingFailureView) failures: MappingFailureView[];
}
export class DiffView {
  @Whole() records: number;
  @Whole() unchanged: number;
  @Json({ description: '"mapped → refused" and the like' }) outcomes: Record<string, number>;
  @Json({ description: 'canonical field → same, added, removed, changed and samples; personal samples are hidden without records:reveal' })
  fields: Record<string, unknown>;
}
export class SuggestedRuleView {
  @Text() to: string;
  @Text() from: string;
  @Text() as: string;
  @Json({ optional: true }) table?: Record<string, string | null>;
  @Json({ optional: true }) parts?: Record<string, string>;
  @Text({ optional: true, description: 'what a number counts' }) unit?: string;
  @Anything('0 to 1') confidence: number;
  @Text({ list: true }) reasons: string[];
}
export class SuggestionView {
  @Many(SuggestedRuleView) rules: SuggestedRuleView[];
  @Text({ list: true, description: 'paths that no rule takes' }) unused: string[];
  @Text({ description: 'a file to start from' }) yaml: string;
}
export class ReplayView {
  @Id() runId: string;
  @Whole({ description: 'records that will be mapped anew' }) records: number;
}

export function mappingView({ name, version, digest, connector, stream, into, fields }: CompiledMapping): MappingView {
  return {
    name,
    version,
    digest,
    connector,
    stream,
    into,
    fields: fields.map(({ to, from, wins, onBoth, direction, writePolicy, required, class: held }) => ({
      to,
      from,
      wins,
      onBoth,
      direction,
      writePolicy,
      required,
      class: held,
    })),
  };
}

/** Drafted and used versions, newest first, and the shipped one where nothing was mapped with it yet. */
export async function listVersions(
  tx: TenantTx,
  input: { shipped: CompiledMapping; live: CompiledMapping },
): Promise<MappingVersionView[]> {
  const { shipped, live } = input;
  const rows = await tx.query<Omit<MappingVersionView, 'live'>>(
    `SELECT name, version, digest, origin, used_at AS "usedAt", created_at AS "createdAt" FROM mapping_version WHERE name = $1`,
    [shipped.name],
  );
  if (!rows.some((row) => row.version === shipped.version))
    rows.push({ name: shipped.name, version: shipped.version, digest: shipped.digest, origin: 'shipped', usedAt: null, createdAt: null });
  return rows.sort((a, b) => b.version - a.version).map((row) => ({ ...row, live: row.version === live.version }));
}
