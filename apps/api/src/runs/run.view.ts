import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import type { TenantTx } from '#hub/persistence';
import { noTotals, type StreamRun, type Totals } from '#hub/sync';
import { At, Id, Many, One, Text, Whole } from '../described.js';
import { filterSql, keysetSql, pageOf, PageQuery, pageOfViews, type Page, type Placed } from '../paging.js';

const STATES = ['queued', 'running', 'done', 'failed', 'cancelled'];
const KINDS = ['sync', 'hints', 'retries', 'push', 'reconcile'];

export class RunsQuery extends PageQuery {
  @ApiPropertyOptional({ format: 'uuid' }) @IsOptional() @IsUUID() connection?: string;
  @ApiPropertyOptional({ format: 'uuid' }) @IsOptional() @IsUUID() stream?: string;
  @ApiPropertyOptional({ enum: KINDS }) @IsOptional() @IsIn(KINDS) kind?: string;
  @ApiPropertyOptional({ enum: STATES }) @IsOptional() @IsIn(STATES) state?: string;
}
/** read = created + updated + unchanged + deleted + excluded + suppressed + waiting + review + parked + conflicting + repeated; the rest is counted apart. */
export class TotalsView implements Totals {
  @Whole() read: number;
  @Whole() created: number;
  @Whole() updated: number;
  @Whole() unchanged: number;
  @Whole() deleted: number;
  @Whole() excluded: number;
  @Whole() suppressed: number;
  @Whole() waiting: number;
  @Whole() review: number;
  @Whole() parked: number;
  @Whole() conflicting: number;
  @Whole() repeated: number;
  @Whole() swept: number;
  @Whole() pushed: number;
  @Whole() confirmed: number;
  @Whole() held: number;
}
export class RunView {
  @Id() id: string;
  @Text({ enum: KINDS }) kind: string;
  @Id() connectionId: string;
  @Text() connection: string;
  @Id({ nullable: true }) streamId: string | null;
  @Text({ nullable: true }) stream: string | null;
  @Text({ description: 'schedule | person | webhook | dependency | retry | change' }) cause: string;
  @Text({ enum: STATES }) state: string;
  @One(TotalsView) totals: TotalsView;
  @At() requestedAt: Date;
  @At({ nullable: true }) startedAt: Date | null;
  @At({ nullable: true }) endedAt: Date | null;
  @Whole({ nullable: true }) durationMs: number | null;
  @Text({ nullable: true }) failureCode: string | null;
  @Text({ nullable: true }) failureDetail: string | null;
}
export const RunPage = pageOfViews(RunView);

export class RunAnswerView {
  @Id() connectionId: string;
  @Text() stream: string;
  @Text({ enum: ['accepted', 'joined', 'rejected'], description: 'joined: the run that was queued already' }) answer:
    'accepted' | 'joined' | 'rejected';
  @Id({ optional: true }) runId?: string;
  @Text({ optional: true }) code?: string;
  @Text({ optional: true }) reason?: string;
}
export class RunAnswersView {
  @Many(RunAnswerView) runs: RunAnswerView[];
}

const RUN = `r.id, r.kind, r.connection_id AS "connectionId", c.name AS connection, r.stream_id AS "streamId", s.name AS stream, r.cause, r.state, r.totals, r.requested_at AS "requestedAt", r.started_at AS "startedAt",
  r.ended_at AS "endedAt", (extract(epoch FROM r.ended_at - r.started_at) * 1000)::int AS "durationMs", r.failure_code AS "failureCode", r.failure_detail AS "failureDetail"`;
const TABLES = `FROM run r JOIN connection c ON c.tenant_id = r.tenant_id AND c.id = r.connection_id LEFT JOIN stream s ON s.tenant_id = r.tenant_id AND s.id = r.stream_id`;

export async function listRuns(tx: TenantTx, query: RunsQuery): Promise<Page<RunView>> {
  const parameters: unknown[] = [];
  const where = filterSql(
    { 'r.connection_id': query.connection, 'r.stream_id': query.stream, 'r.kind': query.kind, 'r.state': query.state },
    parameters,
  );
  const { place, after, tail } = keysetSql(query, { time: 'r.requested_at', id: 'r.id', parameters });
  const page = pageOf(
    await tx.query<RunView & Placed>(`SELECT ${RUN}, ${place} ${TABLES} WHERE ${where} AND ${after} ${tail}`, parameters),
    query,
  );
  return { ...page, items: page.items.map(withAllWords) };
}

export async function readRun(tx: TenantTx, id: string): Promise<RunView | undefined> {
  const [row] = await tx.query<RunView>(`SELECT ${RUN} ${TABLES} WHERE r.id = $1`, [id]);
  return row && withAllWords(row);
}

function withAllWords(row: RunView): RunView {
  return { ...row, totals: { ...noTotals(), ...row.totals } };
}

export function answersOf(runs: StreamRun[]): RunAnswersView {
  return { runs: runs.map(({ connectionId, stream, answer }) => ({ connectionId, stream, ...answer })) };
}
