import { Body, Controller, Get, Headers, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsDefined, IsIn, IsISO8601, IsOptional, IsString, IsUUID, Length } from 'class-validator';
import { FAILURE_CODES } from '#hub/canonical';
import { assignItem, editItem, ignoreItem, previewRetry, reopenItem, resolveItem, retryItem, snoozeItem, type Actor, type Hub, type RetryMode } from '#hub/sync';
import { filterSql, keysetSql, PageQuery, pageOf, type Page } from '../paging.js';
import { notFound, Problem } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';

const STATES = ['open', 'assigned', 'snoozed', 'retrying', 'awaiting_proof', 'resolved', 'ignored'];
const STAGES = ['pull', 'map', 'match', 'merge', 'push', 'reconcile'];
const MODES = ['fresh', 'as-it-was', 'current-mapping'];

export class ErrorsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: [...STATES, 'live'], description: 'live: everything that is not resolved' }) @IsOptional() @IsIn([...STATES, 'live']) state?: string;
  @ApiPropertyOptional({ enum: FAILURE_CODES }) @IsOptional() @IsIn(FAILURE_CODES) code?: string;
  @ApiPropertyOptional({ enum: STAGES }) @IsOptional() @IsIn(STAGES) stage?: string;
  @ApiPropertyOptional() @IsOptional() @IsUUID() connection?: string;
  @ApiPropertyOptional() @IsOptional() @IsUUID() group?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 200) assignee?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 40) ref?: string;
}
export class RetryDto {
  @ApiPropertyOptional({ enum: MODES, default: 'fresh' }) @IsOptional() @IsIn(MODES) mode?: RetryMode;
}
export class EditDto {
  @ApiProperty({ type: Object, description: 'the whole record as the vendor would send it' }) @IsDefined() payload: unknown;
  @ApiProperty() @IsString() @Length(1, 1_000) reason: string;
}
export class IgnoreDto {
  @ApiProperty() @IsString() @Length(1, 1_000) reason: string;
  @ApiPropertyOptional({ format: 'date-time' }) @IsOptional() @IsISO8601() until?: string;
}
export class AssignDto {
  @ApiProperty() @IsString() @Length(1, 200) assignee: string;
}
export class SnoozeDto {
  @ApiProperty({ format: 'date-time' }) @IsISO8601() until: string;
}
export class ResolveDto {
  @ApiProperty() @IsString() @Length(1, 1_000) reason: string;
}
interface ItemView { id: string; openedAt: Date; [field: string]: unknown }

const ITEM = `SELECT e.id, e.group_id AS "groupId", e.connection_id AS "connectionId", c.name AS connection, s.name AS stream, e.stage, e.code, e.message, e.state, e.ref, e.external_id AS "externalId", e.field, e.pointer,
  e.held_fields AS "heldFields", e.mapping, e.mapping_version AS "mappingVersion", e.attempts, e.assignee, e.snoozed_until AS "snoozedUntil", e.ignored_until AS "ignoredUntil", e.resolution, e.resolution_reason AS "resolutionReason",
  e.edited_payload IS NOT NULL AS edited, e.proved_at AS "provedAt", e.proof_hash AS "proofHash", e.proof_due_at AS "proofDueAt", e.conflict_id AS "conflictId", e.superseded_by AS "supersededBy",
  e.opened_at AS "openedAt", e.updated_at AS "updatedAt", e.resolved_at AS "resolvedAt", e.version, e.trace_key AS "traceKey"
  FROM error_item e JOIN connection c ON c.id = e.connection_id LEFT JOIN stream s ON s.id = e.stream_id`;

@ApiTags('errors')
@ApiBearerAuth()
@Controller()
export class ErrorsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get('errors')
  @Allow('errors:read')
  async list(@CurrentActor() actor: Actor, @Query() query: ErrorsQuery): Promise<Page<ItemView>> {
    const parameters: unknown[] = [];
    const state = query.state === 'live' ? undefined : query.state;
    const where = filterSql({ 'e.state': state, 'e.code': query.code, 'e.stage': query.stage, 'e.connection_id': query.connection, 'e.group_id': query.group, 'e.assignee': query.assignee, 'e.ref': query.ref }, parameters);
    const live = query.state === 'live' ? `AND e.state <> 'resolved'` : '';
    const { after, tail } = keysetSql(query, { time: 'e.opened_at', id: 'e.id', parameters });
    const rows = await this.hub.database.inTenant(actor.tenantId, (tx) => tx.query<ItemView>(`${ITEM} WHERE ${where} ${live} AND ${after} ${tail}`, parameters));
    return pageOf(rows, { limit: query.limit, at: (row) => row.openedAt });
  }

  @Get('errors/:id')
  @Allow('errors:read')
  async show(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ItemView> {
    const [row] = await this.hub.database.inTenant(actor.tenantId, (tx) => tx.query<ItemView>(`${ITEM} WHERE e.id = $1`, [id]));
    if (!row) throw notFound('error item');
    return row;
  }

  @Get('error-groups')
  @Allow('errors:read')
  async groups(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<Page<{ id: string; lastSeenAt: Date }>> {
    const parameters: unknown[] = [];
    const { after, tail } = keysetSql(query, { time: 'g.last_seen_at', id: 'g.id', parameters });
    const rows = await this.hub.database.inTenant(actor.tenantId, (tx) =>
      tx.query<{ id: string; lastSeenAt: Date }>(
        `SELECT g.id, g.connection_id AS "connectionId", c.name AS connection, g.stream_id AS "streamId", g.stage, g.code, g.message, g.first_seen_at AS "firstSeenAt", g.last_seen_at AS "lastSeenAt", g.regressed_at AS "regressedAt",
           (SELECT coalesce(jsonb_object_agg(state, count), '{}') FROM (SELECT state, count(*) FROM error_item i WHERE i.group_id = g.id GROUP BY state) AS counted) AS counts
         FROM error_group g JOIN connection c ON c.id = g.connection_id WHERE ${after} ${tail}`,
        parameters,
      ),
    );
    return pageOf(rows, { limit: query.limit, at: (row) => row.lastSeenAt });
  }

  @Post('errors/:id/retry')
  @HttpCode(202)
  @Allow('errors:write')
  retry(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) itemId: string, @Body() body: RetryDto, @Headers('if-match') match?: string): Promise<{ runId: string }> {
    return retryItem(this.hub, actor, { itemId, version: versionOf(match), mode: body.mode ?? 'fresh' });
  }

  @Get('errors/:id/retry-preview')
  @Allow('errors:read')
  preview(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) itemId: string): Promise<unknown> {
    return previewRetry(this.hub, actor, itemId);
  }

  @Post('errors/:id/edit')
  @HttpCode(204)
  @Allow('errors:write')
  edit(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) itemId: string, @Body() body: EditDto, @Headers('if-match') match?: string): Promise<void> {
    return editItem(this.hub, actor, { itemId, version: versionOf(match), payload: body.payload, reason: body.reason });
  }

  @Post('errors/:id/ignore')
  @HttpCode(204)
  @Allow('errors:write')
  ignore(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) itemId: string, @Body() body: IgnoreDto, @Headers('if-match') match?: string): Promise<void> {
    return ignoreItem(this.hub, actor, { itemId, version: versionOf(match), ...body });
  }

  @Post('errors/:id/assign')
  @HttpCode(204)
  @Allow('errors:write')
  assign(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) itemId: string, @Body() body: AssignDto, @Headers('if-match') match?: string): Promise<void> {
    return assignItem(this.hub, actor, { itemId, version: versionOf(match), assignee: body.assignee });
  }

  @Post('errors/:id/snooze')
  @HttpCode(204)
  @Allow('errors:write')
  snooze(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) itemId: string, @Body() body: SnoozeDto, @Headers('if-match') match?: string): Promise<void> {
    return snoozeItem(this.hub, actor, { itemId, version: versionOf(match), until: body.until });
  }

  @Post('errors/:id/resolve')
  @HttpCode(204)
  @Allow('errors:write')
  resolve(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) itemId: string, @Body() body: ResolveDto, @Headers('if-match') match?: string): Promise<void> {
    return resolveItem(this.hub, actor, { itemId, version: versionOf(match), reason: body.reason });
  }

  @Post('errors/:id/reopen')
  @HttpCode(204)
  @Allow('errors:write')
  reopen(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) itemId: string, @Headers('if-match') match?: string): Promise<void> {
    return reopenItem(this.hub, actor, { itemId, version: versionOf(match) });
  }
}

function versionOf(match: string | undefined): number | undefined {
  if (match === undefined || match === '*') return undefined;
  const version = Number(match.replace(/^W\//, '').replaceAll('"', ''));
  if (Number.isInteger(version)) return version;
  throw new Problem(422, 'INVALID_REQUEST', 'If-Match must hold the item version as it was read', [{ pointer: '/if-match', code: 'version', detail: 'a whole number in quotes' }]);
}
