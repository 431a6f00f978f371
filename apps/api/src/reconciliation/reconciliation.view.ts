import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, IsUUID, Length } from 'class-validator';
import type { TenantTx } from '#hub/persistence';
import { At, Flag, Id, Json, Many, Numeric, Text, Whole } from '../described.js';

export class ReconcileDto {
  @ApiPropertyOptional({ format: 'uuid' }) @IsOptional() @IsUUID() connection?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 100) stream?: string;
}
class CountsView {
  @Whole() matched: number;
  @Whole() total: number;
  @Numeric({ description: 'matched ÷ all; open items count as unmatched' }) parity: number;
  @Whole({ description: 'differences with an open item' }) explained: number;
  @Whole({ description: 'differences without an open item' }) unexplained: number;
}
export class StreamReconciliationView extends CountsView {
  @Id() id: string;
  @Id() runId: string;
  @Id() streamId: string;
  @Id() connectionId: string;
  @Text() connection: string;
  @Text() stream: string;
  @Json({ description: 'differences by kind' }) byKind: Record<string, number>;
  @Json({ description: 'differences by field' }) byField: Record<string, number>;
  @Json({ description: 'stage here → stage there → how many' }) stageMatrix: unknown;
  @At() completedAt: Date;
  @Flag({ description: 'no change of this stream was read or written since' }) fresh: boolean;
}
export class UnreconciledView {
  @Id() streamId: string;
  @Id() connectionId: string;
  @Text() connection: string;
  @Text() stream: string;
}
export class ReconciliationView extends CountsView {
  @Many(StreamReconciliationView, { description: 'the latest of each stream' }) streams: StreamReconciliationView[];
  @Many(UnreconciledView, { description: 'active streams that were never compared: nothing is proven about them' })
  missing: UnreconciledView[];
}

interface Row extends Omit<StreamReconciliationView, 'parity' | 'byKind' | 'byField' | 'stageMatrix'> {
  result: Pick<StreamReconciliationView, 'byKind' | 'byField' | 'stageMatrix'>;
}

const LATEST = `
SELECT DISTINCT ON (o.stream_id) o.id, o.run_id AS "runId", o.stream_id AS "streamId", c.id AS "connectionId", c.name AS connection, s.name AS stream, o.matched, o.total, o.explained, o.unexplained, o.result,
  o.completed_at AS "completedAt",
  NOT EXISTS (SELECT FROM outbox x WHERE x.stream_id = o.stream_id AND x.state <> 'superseded' AND greatest(x.created_at, x.sent_at, x.confirmed_at) > o.completed_at)
    AND NOT EXISTS (SELECT FROM run r JOIN batch b ON b.tenant_id = r.tenant_id AND b.run_id = r.id WHERE r.stream_id = o.stream_id AND r.kind <> 'reconcile' AND b.created_at > o.completed_at
      AND coalesce((b.totals->>'created')::int, 0) + coalesce((b.totals->>'updated')::int, 0) + coalesce((b.totals->>'deleted')::int, 0) > 0) AS fresh
FROM reconciliation o JOIN stream s ON s.id = o.stream_id JOIN connection c ON c.id = s.connection_id AND c.deleted_at IS NULL ORDER BY o.stream_id, o.completed_at DESC`;
const MISSING = `
SELECT s.id AS "streamId", c.id AS "connectionId", c.name AS connection, s.name AS stream FROM stream s JOIN connection c ON c.id = s.connection_id
WHERE c.deleted_at IS NULL AND s.status = 'active' AND NOT EXISTS (SELECT FROM reconciliation o WHERE o.stream_id = s.id) ORDER BY c.name, s.name`;

export async function readReconciliation(tx: TenantTx): Promise<ReconciliationView> {
  const rows = await tx.query<Row>(LATEST);
  const sum = (word: 'matched' | 'total' | 'unexplained' | 'explained'): number => rows.reduce((total, row) => total + row[word], 0);
  const counts = { matched: sum('matched'), total: sum('total'), explained: sum('explained'), unexplained: sum('unexplained') };
  const streams = rows.map(({ result, ...row }) => ({
    ...row,
    byKind: result.byKind,
    byField: result.byField,
    stageMatrix: result.stageMatrix,
    parity: parityOf(row),
  }));
  return { ...counts, parity: parityOf(counts), streams, missing: await tx.query<UnreconciledView>(MISSING) };
}

function parityOf({ matched, total }: { matched: number; total: number }): number {
  return total === 0 ? 1 : matched / total;
}
