import { FAILURE_CODES } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import { ITEM_STATES } from '#hub/sync';
import { At, Flag, Id, Text, Whole } from '../described.js';
import { filterSql, keysetSql, pageOf, pageOfViews, type Page, type Placed } from '../paging.js';
import { STAGES, type ErrorsQuery } from './error.dto.js';

export class ErrorItemView {
  @Id() id: string;
  @Id() groupId: string;
  @Id() connectionId: string;
  @Text() connection: string;
  @Text({ nullable: true }) stream: string | null;
  @Text({ enum: STAGES }) stage: string;
  @Text({ enum: FAILURE_CODES }) code: string;
  @Text({ description: 'what is wrong and the way out, as a sentence' }) message: string;
  @Text({ enum: ITEM_STATES }) state: string;
  @Text({ nullable: true, description: 'reference number of the business object' }) ref: string | null;
  @Text({ nullable: true }) externalId: string | null;
  @Text({ nullable: true }) field: string | null;
  @Text({ nullable: true, description: 'JSON pointer into the payload' }) pointer: string | null;
  @Text({ list: true, description: 'fields that are not written outward while this is open' }) heldFields: string[];
  @Text({ nullable: true }) mapping: string | null;
  @Whole({ nullable: true }) mappingVersion: number | null;
  @Whole() attempts: number;
  @Text({ nullable: true }) assignee: string | null;
  @At({ nullable: true }) snoozedUntil: Date | null;
  @At({ nullable: true }) ignoredUntil: Date | null;
  @Text({ nullable: true, description: 'verified | reason | superseded' }) resolution: string | null;
  @Text({ nullable: true }) resolutionReason: string | null;
  @Flag({ description: 'an edited payload waits for the next retry' }) edited: boolean;
  @At({ nullable: true }) provedAt: Date | null;
  @Id({ nullable: true }) proofHash: string | null;
  @At({ nullable: true }) proofDueAt: Date | null;
  @Id({ nullable: true }) conflictId: string | null;
  @Id({ nullable: true }) supersededBy: string | null;
  @Text() traceKey: string;
  @At() openedAt: Date;
  @At() updatedAt: Date;
  @At({ nullable: true }) resolvedAt: Date | null;
  @Whole({ description: 'send it back as If-Match' }) version: number;
}
export const ErrorItemPage = pageOfViews(ErrorItemView);

const ITEM = `e.id, e.group_id AS "groupId", e.connection_id AS "connectionId", c.name AS connection, s.name AS stream, e.stage, e.code, e.message, e.state, e.ref, e.external_id AS "externalId", e.field, e.pointer,
  e.held_fields AS "heldFields", e.mapping, e.mapping_version AS "mappingVersion", e.attempts, e.assignee, e.snoozed_until AS "snoozedUntil", e.ignored_until AS "ignoredUntil", e.resolution,
  e.resolution_reason AS "resolutionReason", e.edited_payload IS NOT NULL AS edited, e.proved_at AS "provedAt", e.proof_hash AS "proofHash", e.proof_due_at AS "proofDueAt", e.conflict_id AS "conflictId",
  e.superseded_by AS "supersededBy", e.trace_key AS "traceKey", e.opened_at AS "openedAt", e.updated_at AS "updatedAt", e.resolved_at AS "resolvedAt", e.version`;
const TABLES = `FROM error_item e JOIN connection c ON c.tenant_id = e.tenant_id AND c.id = e.connection_id LEFT JOIN stream s ON s.tenant_id = e.tenant_id AND s.id = e.stream_id`;

export async function listItems(tx: TenantTx, query: ErrorsQuery): Promise<Page<ErrorItemView>> {
  const parameters: unknown[] = [];
  const { state, code, stage, connection, group, assignee, ref } = query;
  const wanted = {
    'e.code': code,
    'e.stage': stage,
    'e.connection_id': connection,
    'e.group_id': group,
    'e.assignee': assignee,
    'e.ref': ref?.toUpperCase(),
  };
  const where = filterSql({ 'e.state': state === 'live' ? undefined : state, ...wanted }, parameters);
  const live = state === 'live' ? `e.state <> 'resolved'` : 'true';
  const { place, after, tail } = keysetSql(query, { time: 'e.opened_at', id: 'e.id', parameters });
  return pageOf(
    await tx.query<ErrorItemView & Placed>(
      `SELECT ${ITEM}, ${place} ${TABLES} WHERE ${where} AND ${live} AND ${after} ${tail}`,
      parameters,
    ),
    query,
  );
}

export async function readItem(tx: TenantTx, id: string): Promise<ErrorItemView | undefined> {
  const [row] = await tx.query<ErrorItemView>(`SELECT ${ITEM} ${TABLES} WHERE e.id = $1`, [id]);
  return row;
}
