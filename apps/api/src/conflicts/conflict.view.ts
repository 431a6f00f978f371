import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import type { ObjectName } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import { Anything, At, Flag, Id, Many, Text } from '../described.js';
import { keysetSql, pageOf, PageQuery, pageOfViews, type Page, type Placed } from '../paging.js';
import { MASK, maySee, type Sight } from '../records/mask.js';
import { RevealQuery } from '../records/reveal.js';

export class ConflictsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ['open', 'settled'] }) @IsOptional() @IsIn(['open', 'settled']) state?: 'open' | 'settled';
}
export class ConflictQuery extends RevealQuery {}
export class SettleDto {
  @ApiProperty({ enum: ['ours', 'theirs', 'value'] }) @IsIn(['ours', 'theirs', 'value']) choose: 'ours' | 'theirs' | 'value';
  @ApiPropertyOptional({ description: 'with choose=value: the canonical value; null clears the field', type: Object })
  @IsOptional()
  value?: unknown;
  @ApiProperty() @IsString() @Length(1, 1_000) reason: string;
}
class OtherOpinion {
  @Id() id: string;
  @Text() connection: string;
  @Anything('value of that source') theirs: unknown;
}
export class ConflictView {
  @Id() id: string;
  @Text({ nullable: true }) ref: string | null;
  @Text() object: string;
  @Text() field: string;
  @Anything('last value that both sides agreed on') base: unknown;
  @Anything('golden value') ours: unknown;
  @Anything('value of the source that disagrees') theirs: unknown;
  @Many(OtherOpinion, {
    description: 'further sources that disagree about this field, each with an open conflict: one choice ends them all',
  })
  others: OtherOpinion[];
  @Flag({ description: 'true when values are hidden because of their class' }) masked: boolean;
  @Text({ description: 'connection that disagrees' }) connection: string;
  @Text() externalId: string;
  @Text({ enum: ['open', 'settled'] }) state: string;
  @At() openedAt: Date;
  @At({ nullable: true }) settledAt: Date | null;
  @Text({ nullable: true, description: 'who chose what, and why' }) settlement: string | null;
  @Anything('value that was chosen') chosen: unknown;
}
export const ConflictPage = pageOfViews(ConflictView);

const CONFLICT = `x.id, c.ref, c.object, x.field, x.base, x.ours, x.theirs, n.name AS connection, s.external_id AS "externalId", CASE WHEN x.settled_at IS NULL THEN 'open' ELSE 'settled' END AS state,
  x.opened_at AS "openedAt", x.settled_at AS "settledAt", x.settlement, x.chosen,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'connection', m.name, 'theirs', o.theirs) ORDER BY o.opened_at, o.id), '[]') FROM conflict o
    JOIN source_record r ON r.tenant_id = o.tenant_id AND r.id = o.record_id JOIN connection m ON m.tenant_id = r.tenant_id AND m.id = r.connection_id
   WHERE o.cluster_id = x.cluster_id AND o.field = x.field AND o.id <> x.id AND o.settled_at IS NULL AND x.settled_at IS NULL) AS others`;
const TABLES = `FROM conflict x JOIN cluster c ON c.id = x.cluster_id JOIN source_record s ON s.id = x.record_id JOIN connection n ON n.id = s.connection_id`;

export async function listConflicts(tx: TenantTx, query: ConflictsQuery, sight: Sight): Promise<Page<ConflictView>> {
  const parameters: unknown[] = [];
  const { place, after, tail } = keysetSql(query, { time: 'x.opened_at', id: 'x.id', parameters });
  const where = query.state === undefined ? 'true' : `x.settled_at IS ${query.state === 'open' ? '' : 'NOT'} NULL`;
  const rows = await tx.query<ConflictView & Placed>(
    `SELECT ${CONFLICT}, ${place} ${TABLES} WHERE ${where} AND ${after} ${tail}`,
    parameters,
  );
  const page = pageOf(rows, query);
  return { ...page, items: page.items.map((row) => maskedConflict(row, sight)) };
}

export async function readConflict(tx: TenantTx, id: string, sight: Sight): Promise<ConflictView | undefined> {
  const [row] = await tx.query<ConflictView>(`SELECT ${CONFLICT} ${TABLES} WHERE x.id = $1`, [id]);
  return row && maskedConflict(row, sight);
}

function maskedConflict(row: ConflictView, sight: Sight): ConflictView {
  if (maySee(sight, row.object as ObjectName, row.field)) return { ...row, masked: false };
  const hide = (value: unknown): unknown => (value === null ? null : MASK);
  const others = row.others.map((other) => ({ ...other, theirs: hide(other.theirs) }));
  return { ...row, base: hide(row.base), ours: hide(row.ours), theirs: hide(row.theirs), others, chosen: hide(row.chosen), masked: true };
}
