import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, IsUUID, Length } from 'class-validator';
import { canonicalEquals, type CanonicalValues } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import type { Hub, SnapshotChild } from '#hub/sync';
import { At, Flag, Id, Json, Many, One, Text } from '../described.js';
import { filterSql, keysetSql, pageOf, PageQuery, pageOfViews, type Page, type Placed } from '../paging.js';
import { maskValues, type Sight } from '../records/mask.js';

const STATES = ['proposed', 'approved', 'merged', 'withdrawn'] as const;

export class ProposeMergeDto {
  @ApiProperty({ format: 'uuid', description: 'record that is left' }) @IsUUID() keep: string;
  @ApiProperty({ format: 'uuid', description: 'record of the same system that becomes part of it' }) @IsUUID() drop: string;
  @ApiProperty({ description: 'why; it stays with the merge' }) @IsString() @Length(1, 1_000) reason: string;
}
export class VendorMergesQuery extends PageQuery {
  @ApiPropertyOptional({ enum: STATES }) @IsOptional() @IsIn(STATES) state?: (typeof STATES)[number];
}

class SnapshotChildView implements SnapshotChild {
  @Id() recordId: string;
  @Text({ description: 'canonical object' }) object: SnapshotChild['object'];
  @Text() externalId: string;
  @Text({ nullable: true }) ref: string | null;
}
export class MergeSideView {
  @Id() recordId: string;
  @Text() externalId: string;
  @Json({ description: 'what the record said; personal values are masked unless revealed' }) values: Record<string, unknown>;
  @Json({ nullable: true, description: 'the vendor’s own words; only where revealed' }) payload: unknown;
  @Many(SnapshotChildView, { description: 'what hung on it: it moves with a merge, and no recreation brings it back' })
  children: SnapshotChild[];
}
export class VendorMergeView {
  @Id() id: string;
  @Text({ enum: STATES, description: 'merged: its system says so' }) state: (typeof STATES)[number];
  @Text({ description: 'connection whose records these are' }) connection: string;
  @Text({ enum: ['hub', 'person'], description: 'who merges there: the hub, or a person, where the system lets only people do it' })
  by: 'hub' | 'person';
  @Text({ nullable: true }) reason: string | null;
  @Text({ nullable: true, description: 'why it was withdrawn' }) note: string | null;
  @Text({ nullable: true, description: 'null: nobody asked the hub; its system told of it' }) proposedBy: string | null;
  @At() proposedAt: Date;
  @Text({ nullable: true }) approvedBy: string | null;
  @At({ nullable: true }) approvedAt: Date | null;
  @At({ nullable: true }) mergedAt: Date | null;
  @Text({ nullable: true, description: 'state of the write that merges' }) sending: string | null;
  @Text({ nullable: true, description: 'state of the write that makes the dropped record again' }) recreating: string | null;
  @Id({ nullable: true }) recreatedRecord: string | null;
  @Flag({ description: 'the hub can make the dropped record again' }) canRecreate: boolean;
  @One(MergeSideView, { nullable: true, description: 'null once its snapshot is no longer kept' }) kept: MergeSideView | null;
  @One(MergeSideView, { nullable: true }) dropped: MergeSideView | null;
  @Text({ list: true, description: 'fields of which the dropped record says something that the kept one does not' }) differing: string[];
}
export const VendorMergePage = pageOfViews(VendorMergeView);

interface Side extends Omit<MergeSideView, 'values' | 'payload'> {
  values: CanonicalValues;
  payload: string | null;
}
type Row = Omit<VendorMergeView, 'by' | 'canRecreate' | 'kept' | 'dropped' | 'differing'> &
  Placed & { connector: string; stream: string; kept: Side | null; dropped: Side | null };

const SIDE = (record: string, reveal: boolean): string =>
  `(SELECT jsonb_build_object('recordId', s.record_id, 'externalId', s.external_id, 'values', s.values, 'payload', ${reveal ? 's.payload' : 'NULL'}, 'children', s.children) FROM record_snapshot s WHERE s.merge_id = m.id AND s.record_id = m.${record})`;
const SENT = (operation: string): string =>
  `(SELECT o.state FROM outbox o WHERE o.order_id = m.id AND o.operation = '${operation}' ORDER BY o.created_at DESC, o.id LIMIT 1)`;

/** Newest first. */
export async function listVendorMerges(
  tx: TenantTx,
  hub: Hub,
  { query, id, sight }: { query: VendorMergesQuery; id?: string; sight: Sight },
): Promise<Page<VendorMergeView>> {
  const parameters: unknown[] = [];
  const where = filterSql({ 'm.state': query.state, 'm.id': id }, parameters);
  const { place, after, tail } = keysetSql(query, { time: 'm.proposed_at', id: 'm.id', parameters });
  const rows = await tx.query<Row>(
    `SELECT m.id, m.state, c.name AS connection, c.connector, t.name AS stream, m.reason, m.note, m.proposed_by AS "proposedBy", m.proposed_at AS "proposedAt", m.approved_by AS "approvedBy",
       m.approved_at AS "approvedAt", m.merged_at AS "mergedAt", m.recreated_record AS "recreatedRecord", ${SENT('merge')} AS sending, ${SENT('create')} AS recreating,
       ${SIDE('kept_record', sight.reveal)} AS kept, ${SIDE('dropped_record', sight.reveal)} AS dropped, ${place}
     FROM vendor_merge m JOIN stream t ON t.tenant_id = m.tenant_id AND t.id = m.stream_id JOIN connection c ON c.tenant_id = t.tenant_id AND c.id = t.connection_id
     WHERE ${where} AND ${after} ${tail}`,
    parameters,
  );
  const { items, nextCursor } = pageOf(rows, query);
  return { items: items.map((row) => viewOf(hub, sight, row)), nextCursor };
}

function viewOf(hub: Hub, sight: Sight, { connector, stream, kept, dropped, ...row }: Omit<Row, 'place'>): VendorMergeView {
  const push = hub.connectors.get(connector)?.streams[stream]?.push;
  const side = (one: Side | null): MergeSideView | null =>
    one && {
      ...one,
      values: maskValues(sight, 'candidate', one.values),
      payload: one.payload === null ? null : (JSON.parse(one.payload) as unknown),
    };
  return {
    ...row,
    by: push?.merge ? 'hub' : 'person',
    canRecreate: push?.create !== undefined && row.state === 'merged' && row.recreatedRecord === null && dropped !== null,
    kept: side(kept),
    dropped: side(dropped),
    differing: Object.keys(dropped?.values ?? {}).filter(
      (field) => !canonicalEquals('candidate', field, dropped?.values[field], kept?.values[field]),
    ),
  };
}
