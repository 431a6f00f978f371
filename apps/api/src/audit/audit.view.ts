import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import type { TenantTx } from '#hub/persistence';
import { At, Id, Json, Text } from '../described.js';
import { filterSql, keysetSql, pageOf, PageQuery, pageOfViews, type Page, type Placed } from '../paging.js';

export class AuditQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'id or reference number that was acted on' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  subject?: string;
  @ApiPropertyOptional({ example: 'connection.pause' }) @IsOptional() @IsString() @Length(1, 200) action?: string;
}
export class AuditEntryView {
  @Id() id: string;
  @At() at: Date;
  @Text() actorKind: string;
  @Text() actorId: string;
  @Text() action: string;
  @Text() subjectKind: string;
  @Text() subjectId: string;
  @Json({ nullable: true }) before: unknown;
  @Json({ nullable: true }) after: unknown;
  @Text({ nullable: true }) requestId: string | null;
}
export const AuditPage = pageOfViews(AuditEntryView);

export async function listAudit(tx: TenantTx, query: AuditQuery): Promise<Page<AuditEntryView>> {
  const parameters: unknown[] = [];
  const where = filterSql({ subject_id: query.subject, action: query.action }, parameters);
  const { place, after, tail } = keysetSql(query, { time: 'at', id: 'id', parameters });
  const rows = await tx.query<AuditEntryView & Placed>(
    `SELECT id, at, actor_kind AS "actorKind", actor_id AS "actorId", action, subject_kind AS "subjectKind", subject_id AS "subjectId", before, after, request_id AS "requestId", ${place}
     FROM audit WHERE ${where} AND ${after} ${tail}`,
    parameters,
  );
  return pageOf(rows, query);
}
