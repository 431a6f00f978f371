import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import type { TenantTx } from '#hub/persistence';
import { At, Id, Text, Whole } from '../described.js';
import { filterSql, keysetSql, pageOf, PageQuery, pageOfViews, type Page, type Placed } from '../paging.js';

const STATES = ['pending', 'sending', 'unknown', 'sent', 'confirmed', 'held', 'parked', 'superseded'];

export class OutboxQuery extends PageQuery {
  @ApiPropertyOptional({ enum: STATES }) @IsOptional() @IsIn(STATES) state?: string;
  @ApiPropertyOptional({ format: 'uuid' }) @IsOptional() @IsUUID() connection?: string;
}
/** One change on its way outward; its values are on the record. */
export class OutwardChangeView {
  @Id() id: string;
  @Text() connection: string;
  @Text() object: string;
  @Text({ nullable: true }) ref: string | null;
  @Text({ enum: ['create', 'update', 'remove', 'merge'] }) operation: string;
  @Text({ list: true }) fields: string[];
  @Text({ enum: STATES }) state: string;
  @Text() effect: string;
  @Whole() attempts: number;
  @Id() writeId: string;
  @Text({ nullable: true }) externalId: string | null;
  @At() createdAt: Date;
  @At({ nullable: true }) sentAt: Date | null;
  @At({ nullable: true }) confirmedAt: Date | null;
  @At() notBefore: Date;
}
export const OutboxPage = pageOfViews(OutwardChangeView);

export async function listOutbox(tx: TenantTx, query: OutboxQuery): Promise<Page<OutwardChangeView>> {
  const parameters: unknown[] = [];
  const where = filterSql({ 'o.state': query.state, 'o.connection_id': query.connection }, parameters);
  const { place, after, tail } = keysetSql(query, { time: 'o.created_at', id: 'o.id', parameters });
  const rows = await tx.query<OutwardChangeView & Placed>(
    `SELECT o.id, c.name AS connection, k.object, k.ref, o.operation, o.fields, o.state, o.effect, o.attempts, o.write_id AS "writeId", o.external_id AS "externalId", o.created_at AS "createdAt",
       o.sent_at AS "sentAt", o.confirmed_at AS "confirmedAt", o.not_before AS "notBefore", ${place}
     FROM outbox o JOIN connection c ON c.id = o.connection_id JOIN cluster k ON k.id = o.cluster_id WHERE ${where} AND ${after} ${tail}`,
    parameters,
  );
  return pageOf(rows, query);
}
