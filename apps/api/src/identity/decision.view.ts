import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import type { TenantTx } from '#hub/persistence';
import { At, Flag, Id, Text } from '../described.js';
import { keysetSql, pageOf, PageQuery, pageOfViews, type Page, type Placed } from '../paging.js';

const VERDICTS = ['same', 'different', 'unsure'] as const;

class ReasonDto {
  @ApiProperty({ description: 'why; it stays with the decision' }) @IsString() @Length(1, 1_000) reason: string;
  @ApiPropertyOptional({ description: 'say what would happen, and do nothing' }) @IsOptional() @IsBoolean() preview?: boolean;
}
export class PairDto {
  @ApiProperty({ format: 'uuid' }) @IsUUID() a: string;
  @ApiProperty({ format: 'uuid' }) @IsUUID() b: string;
}
export class DecideDto extends ReasonDto {
  @ApiProperty({ type: [PairDto], minItems: 1, maxItems: 100 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => PairDto)
  pairs: PairDto[];
  @ApiProperty({ enum: VERDICTS }) @IsIn(VERDICTS) verdict: (typeof VERDICTS)[number];
}
export class DecideAlikeDto extends ReasonDto {
  @ApiProperty({ description: 'comparison vector of the open pairs' }) @IsString() @Length(1, 2_000) vector: string;
  @ApiProperty({ enum: VERDICTS }) @IsIn(VERDICTS) verdict: (typeof VERDICTS)[number];
  @ApiProperty({ type: 'integer', description: 'how many open pairs you saw; another number is refused' })
  @IsInt()
  @Min(1)
  @Max(1_000)
  expected: number;
}
export class MergeDto extends ReasonDto {
  @ApiProperty({ type: [String], format: 'uuid', description: 'records whose clusters become one' })
  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(20)
  @IsUUID(undefined, { each: true })
  records: string[];
}
export class UnmergeDto extends ReasonDto {
  @ApiProperty({ format: 'uuid' }) @IsUUID() record: string;
  @ApiPropertyOptional({
    enum: ['record', 'subtree'],
    default: 'record',
    description: 'subtree: with all that it brought along when it was merged',
  })
  @IsOptional()
  @IsIn(['record', 'subtree'])
  scope?: 'record' | 'subtree';
}
export class UndoDto extends ReasonDto {}

export class DecisionView {
  @Id() id: string;
  @Id() recordA: string;
  @Id() recordB: string;
  @Text({ enum: ['same', 'different', 'unsure', 'withdrawn'] }) verdict: string;
  @Text({ enum: ['human', 'rule'] }) actor: string;
  @Text({ nullable: true }) decidedBy: string | null;
  @Text() reason: string;
  @Id({ nullable: true, description: 'operation; undo takes it back' }) operationId: string | null;
  @Id({ nullable: true, description: 'the decision about this pair that it replaced' }) supersedes: string | null;
  @At() decidedAt: Date;
  @Flag({ description: 'the pair compares differently now: look at it again if you like, nothing is done by itself' })
  evidenceChanged: boolean;
}
export const DecisionPage = pageOfViews(DecisionView);

export async function listDecisions(tx: TenantTx, query: PageQuery): Promise<Page<DecisionView>> {
  const parameters: unknown[] = [];
  const { place, after, tail } = keysetSql(query, { time: 'd.decided_at', id: 'd.id', parameters });
  const rows = await tx.query<DecisionView & Placed>(
    `SELECT d.id, d.record_a AS "recordA", d.record_b AS "recordB", d.verdict, d.actor, d.actor_id AS "decidedBy", d.reason, d.event_id AS "operationId", d.supersedes, d.decided_at AS "decidedAt",
       coalesce(d.evidence ->> 'vector', '') <> coalesce(e.vector, '') AND d.actor = 'human' AND d.verdict <> 'withdrawn' AS "evidenceChanged", ${place}
     FROM decision d LEFT JOIN edge e ON e.record_a = d.record_a AND e.record_b = d.record_b WHERE ${after} ${tail}`,
    parameters,
  );
  return pageOf(rows, query);
}
