import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import type { CompiledMapping } from '#hub/mapping';
import type { Actor, Hub } from '#hub/sync';
import { filterSql, keysetSql, PageQuery, pageOf, type Page } from '../paging.js';
import { notFound } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';

const STATES = ['pending', 'sending', 'unknown', 'sent', 'confirmed', 'held', 'parked', 'superseded'];

export class OutboxQuery extends PageQuery {
  @ApiPropertyOptional({ enum: STATES }) @IsOptional() @IsIn(STATES) state?: string;
  @ApiPropertyOptional() @IsOptional() @IsUUID() connection?: string;
}

@ApiTags('catalogue')
@ApiBearerAuth()
@Controller()
export class CatalogueController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get('mappings')
  @Allow('connections:read')
  mappings(): { items: Record<string, unknown>[] } {
    return { items: this.hub.mappings.all.map(mappingView) };
  }

  @Get('mappings/:name')
  @Allow('connections:read')
  mapping(@Param('name') name: string): Record<string, unknown> {
    const found = this.hub.mappings.all.find((one) => one.name === name);
    if (!found) throw notFound('mapping');
    return mappingView(found);
  }

  @Get('outbox')
  @Allow('runs:read')
  async outbox(@CurrentActor() actor: Actor, @Query() query: OutboxQuery): Promise<Page<{ id: string; createdAt: Date }>> {
    const parameters: unknown[] = [];
    const where = filterSql({ 'o.state': query.state, 'o.connection_id': query.connection }, parameters);
    const { after, tail } = keysetSql(query, { time: 'o.created_at', id: 'o.id', parameters });
    const rows = await this.hub.database.inTenant(actor.tenantId, (tx) =>
      tx.query<{ id: string; createdAt: Date }>(
        `SELECT o.id, c.name AS connection, k.object, k.ref, o.operation, o.fields, o.state, o.effect, o.attempts, o.write_id AS "writeId", o.external_id AS "externalId", o.created_at AS "createdAt", o.sent_at AS "sentAt", o.confirmed_at AS "confirmedAt", o.not_before AS "notBefore"
         FROM outbox o JOIN connection c ON c.id = o.connection_id JOIN cluster k ON k.id = o.cluster_id WHERE ${where} AND ${after} ${tail}`, parameters,
      ),
    );
    return pageOf(rows, { limit: query.limit, at: (row) => row.createdAt });
  }
}

function mappingView(mapping: CompiledMapping): Record<string, unknown> {
  const { name, version, digest, connector, stream, into, fields } = mapping;
  return { name, version, digest, connector, stream, into, fields };
}
