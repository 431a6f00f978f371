import { Body, Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID, Length, IsString } from 'class-validator';
import { cancelRun, runStreams, type Actor, type Hub } from '#hub/sync';
import { filterSql, keysetSql, PageQuery, pageOf, type Page } from '../paging.js';
import { notFound } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { answersOf, type RunAnswerView } from './run-answers.js';

const STATES = ['queued', 'running', 'done', 'failed', 'cancelled'];
const KINDS = ['sync', 'hints', 'retries', 'push', 'reconcile'];

export class RunsQuery extends PageQuery {
  @ApiPropertyOptional() @IsOptional() @IsUUID() connection?: string;
  @ApiPropertyOptional() @IsOptional() @IsUUID() stream?: string;
  @ApiPropertyOptional({ enum: KINDS }) @IsOptional() @IsIn(KINDS) kind?: string;
  @ApiPropertyOptional({ enum: STATES }) @IsOptional() @IsIn(STATES) state?: string;
}
export class ReconcileDto {
  @ApiPropertyOptional() @IsOptional() @IsUUID() connection?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 100) stream?: string;
}
interface RunView { id: string; requestedAt: Date; [field: string]: unknown }

const RUN = `SELECT r.id, r.kind, r.connection_id AS "connectionId", c.name AS connection, r.stream_id AS "streamId", s.name AS stream, r.cause, r.state, r.totals, r.requested_at AS "requestedAt", r.started_at AS "startedAt",
  r.ended_at AS "endedAt", r.failure_code AS "failureCode", r.failure_detail AS "failureDetail" FROM run r JOIN connection c ON c.id = r.connection_id LEFT JOIN stream s ON s.id = r.stream_id`;

@ApiTags('runs')
@ApiBearerAuth()
@Controller()
export class RunsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get('runs')
  @Allow('runs:read')
  async list(@CurrentActor() actor: Actor, @Query() query: RunsQuery): Promise<Page<RunView>> {
    const parameters: unknown[] = [];
    const where = filterSql({ 'r.connection_id': query.connection, 'r.stream_id': query.stream, 'r.kind': query.kind, 'r.state': query.state }, parameters);
    const { after, tail } = keysetSql(query, { time: 'r.requested_at', id: 'r.id', parameters });
    const rows = await this.hub.database.inTenant(actor.tenantId, (tx) => tx.query<RunView>(`${RUN} WHERE ${where} AND ${after} ${tail}`, parameters));
    return pageOf(rows, { limit: query.limit, at: (row) => row.requestedAt });
  }

  @Get('runs/:id')
  @Allow('runs:read')
  async show(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<RunView> {
    const [row] = await this.hub.database.inTenant(actor.tenantId, (tx) => tx.query<RunView>(`${RUN} WHERE r.id = $1`, [id]));
    if (!row) throw notFound('run');
    return row;
  }

  @Post('runs/:id/cancel')
  @HttpCode(204)
  @Allow('runs:write')
  cancel(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return cancelRun(this.hub, actor, id);
  }

  @Post('reconcile')
  @HttpCode(202)
  @Allow('reconcile:run')
  async reconcile(@CurrentActor() actor: Actor, @Body() body: ReconcileDto): Promise<{ runs: RunAnswerView[] }> {
    return { runs: answersOf(await runStreams(this.hub, actor, { kind: 'reconcile', connectionId: body.connection, stream: body.stream })) };
  }

  @Get('reconciliation')
  @Allow('reconcile:read')
  async reconciliation(@CurrentActor() actor: Actor): Promise<Record<string, unknown>> {
    const streams = await this.hub.database.inTenant(actor.tenantId, (tx) =>
      tx.query<{ matched: number; total: number; explained: number; unexplained: number; result: Record<string, unknown> }>(
        `SELECT DISTINCT ON (o.stream_id) o.id, o.run_id AS "runId", o.stream_id AS "streamId", c.name AS connection, s.name AS stream, o.matched, o.total, o.explained, o.unexplained, o.result, o.completed_at AS "completedAt"
         FROM reconciliation o JOIN stream s ON s.id = o.stream_id JOIN connection c ON c.id = s.connection_id AND c.deleted_at IS NULL ORDER BY o.stream_id, o.completed_at DESC`,
      ),
    );
    const sum = (word: 'matched' | 'total' | 'unexplained' | 'explained'): number => streams.reduce((total, stream) => total + stream[word], 0);
    const parity = (matched: number, total: number): number => (total === 0 ? 1 : matched / total);
    return {
      parity: parity(sum('matched'), sum('total')), matched: sum('matched'), total: sum('total'), explained: sum('explained'), unexplained: sum('unexplained'),
      streams: streams.map(({ result, ...stream }) => ({ ...stream, ...result, parity: parity(stream.matched, stream.total) })),
    };
  }
}
