import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsISO8601, IsOptional, IsString, Length } from 'class-validator';
import type { TenantTx } from '#hub/persistence';
import type { ErasureOutcome } from '#hub/sync';
import { At, Flag, Id, Json, Many, Text, Whole } from '../described.js';
import { keysetSql, pageOf, pageOfViews, type Page, type PageQuery, type Placed } from '../paging.js';

const SCOPES = ['sourcing', 'all'] as const;

export class EraseDto {
  @ApiProperty({ description: 'reference number of a candidate' }) @IsString() @Length(1, 64) ref: string;
  @ApiProperty({ description: 'such as "Art. 17(1)(b)"; it stays with the erasure, so it must not name the person' })
  @IsString()
  @Length(1, 200)
  legalBasis: string;
  @ApiPropertyOptional({
    enum: SCOPES,
    default: 'sourcing',
    description: 'sourcing: a new application by the person passes; all: nothing does',
  })
  @IsOptional()
  @IsIn(SCOPES)
  scope?: (typeof SCOPES)[number];
  @ApiPropertyOptional({ format: 'date-time', description: 'from then on the person may be let in again; never, if absent' })
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  expiresAt?: string;
  @ApiPropertyOptional({ description: 'say what would be erased, and do nothing' }) @IsOptional() @IsBoolean() preview?: boolean;
}
export class LiftDto {
  @ApiProperty({ description: 'why; it stays in the audit' }) @IsString() @Length(1, 1_000) reason: string;
}

export class VendorRecordView {
  @Text() connection: string;
  @Text() connector: string;
  @Text() object: string;
  @Text({ description: 'told once: the hub does not know it any more' }) externalId: string;
}
export class SharedIdentifierView {
  @Id() recordId: string;
  @Text({ nullable: true }) ref: string | null;
  @Text({ enum: ['email', 'phone', 'profileUrl'] }) kind: 'email' | 'phone' | 'profileUrl';
}
export class ErasureOutcomeView implements ErasureOutcome {
  @Id() id: string;
  @Flag({ description: 'true: nothing was done' }) preview: boolean;
  @Text() ref: string;
  @Json({ description: 'rows that are gone, by what they were' }) counts: Record<string, number>;
  @Many(VendorRecordView, { description: 'what is left to be erased in each system' }) atVendors: VendorRecordView[];
  @Many(SharedIdentifierView, {
    description: 'records of others that bear an identifier of the person; they stay, and nobody is kept out by it',
  })
  shared: SharedIdentifierView[];
}

export class ReceiptView {
  @Text() connection: string;
  @Whole({ description: 'records that are kept out' }) records: number;
  @Whole({ description: 'of these, those that the system has shown since' }) stillThere: number;
  @Whole({ description: 'of these, those that the system says are gone' }) gone: number;
  @At({ nullable: true }) lastSeenAt: Date | null;
}
export class ErasureView {
  @Id() id: string;
  @Text({ nullable: true }) ref: string | null;
  @Text() legalBasis: string;
  @Text({ enum: SCOPES }) scope: string;
  @Text() requestedBy: string;
  @At() erasedAt: Date;
  @At({ nullable: true }) expiresAt: Date | null;
  @Json() counts: Record<string, number>;
  @Text({ enum: ['standing', 'returned', 'lifted', 'expired'], description: 'returned: the person applied again' }) state: string;
  @Many(ReceiptView, { description: 'what each system has shown of the person since' }) receipts: ReceiptView[];
}
export const ErasurePage = pageOfViews(ErasureView);

const COLUMNS = `e.id, e.ref, e.legal_basis AS "legalBasis", e.scope, e.requested_by AS "requestedBy", e.erased_at AS "erasedAt", e.expires_at AS "expiresAt", e.counts,
  CASE WHEN e.expires_at <= now() THEN 'expired'
    WHEN NOT EXISTS (SELECT FROM suppression s WHERE s.erasure_id = e.id AND s.lifted_at IS NULL) THEN 'lifted'
    WHEN EXISTS (SELECT FROM suppression s WHERE s.erasure_id = e.id AND s.lifted_by = 'self-application') THEN 'returned' ELSE 'standing' END AS state,
  coalesce((SELECT jsonb_agg(r ORDER BY r.connection) FROM (
    SELECT n.name AS connection, count(*)::int AS records, count(*) FILTER (WHERE s.last_seen_at IS NOT NULL AND s.gone_at IS NULL)::int AS "stillThere", count(s.gone_at)::int AS gone, max(s.last_seen_at) AS "lastSeenAt"
    FROM suppression s JOIN connection n ON n.id = s.connection_id WHERE s.erasure_id = e.id AND s.kind = 'record' GROUP BY n.id, n.name) r), '[]') AS receipts`;

export async function listErasures(tx: TenantTx, query: PageQuery): Promise<Page<ErasureView>> {
  const parameters: unknown[] = [];
  const { place, after, tail } = keysetSql(query, { time: 'e.erased_at', id: 'e.id', parameters });
  const rows = await tx.query<ErasureView & Placed>(`SELECT ${COLUMNS}, ${place} FROM erasure e WHERE ${after} ${tail}`, parameters);
  return pageOf(rows, query);
}

export async function readErasure(tx: TenantTx, id: string): Promise<ErasureView | undefined> {
  const [row] = await tx.query<ErasureView>(`SELECT ${COLUMNS} FROM erasure e WHERE e.id = $1`, [id]);
  return row;
}
