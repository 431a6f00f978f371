import { Body, Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { settleByHand, type Actor, type Hub } from '#hub/sync';
import { keysetSql, PageQuery, pageOf, type Page } from '../paging.js';
import { notFound } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';

export class ConflictsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ['open', 'settled'] }) @IsOptional() @IsIn(['open', 'settled']) state?: 'open' | 'settled';
}
export class SettleDto {
  @ApiProperty({ enum: ['ours', 'theirs', 'value'] }) @IsIn(['ours', 'theirs', 'value']) choose: 'ours' | 'theirs' | 'value';
  @ApiPropertyOptional({ description: 'with choose=value', type: Object }) @IsOptional() value?: unknown;
  @ApiProperty() @IsString() @Length(1, 1_000) reason: string;
}
interface ConflictView { id: string; openedAt: Date; [field: string]: unknown }

const CONFLICT = `SELECT x.id, c.ref, c.object, x.field, x.base, x.ours, x.theirs, n.name AS connection, s.external_id AS "externalId", x.opened_at AS "openedAt", x.settled_at AS "settledAt", x.settlement, x.chosen
  FROM conflict x JOIN cluster c ON c.id = x.cluster_id JOIN source_record s ON s.id = x.record_id JOIN connection n ON n.id = s.connection_id`;

@ApiTags('conflicts')
@ApiBearerAuth()
@Controller('conflicts')
export class ConflictsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get()
  @Allow('conflicts:read')
  async list(@CurrentActor() actor: Actor, @Query() query: ConflictsQuery): Promise<Page<ConflictView>> {
    const parameters: unknown[] = [];
    const { after, tail } = keysetSql(query, { time: 'x.opened_at', id: 'x.id', parameters });
    const where = query.state === undefined ? 'true' : `x.settled_at IS ${query.state === 'open' ? '' : 'NOT'} NULL`;
    const rows = await this.hub.database.inTenant(actor.tenantId, (tx) => tx.query<ConflictView>(`${CONFLICT} WHERE ${where} AND ${after} ${tail}`, parameters));
    return pageOf(rows, { limit: query.limit, at: (row) => row.openedAt });
  }

  @Get(':id')
  @Allow('conflicts:read')
  async show(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ConflictView> {
    const [row] = await this.hub.database.inTenant(actor.tenantId, (tx) => tx.query<ConflictView>(`${CONFLICT} WHERE x.id = $1`, [id]));
    if (!row) throw notFound('conflict');
    return row;
  }

  @Post(':id/settle')
  @HttpCode(204)
  @Allow('conflicts:settle')
  settle(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) conflictId: string, @Body() body: SettleDto): Promise<void> {
    return settleByHand(this.hub, actor, { conflictId, ...body });
  }
}
