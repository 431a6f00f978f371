import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsBooleanString, IsIn, IsOptional, IsString, IsUUID, Length } from 'class-validator';
import { OBJECT_NAMES } from '#hub/canonical';
import { allows, type Role } from '#hub/governance';
import type { Actor, Hub } from '#hub/sync';
import { notFound, Problem } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { clusterByRef, fieldView, recordView, type Cluster } from './read-record.js';

export class RevealQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'show contact fields; needs records:reveal and is audited' }) @IsOptional() @IsBooleanString() reveal?: string;
}
export class RecordQuery extends RevealQuery {
  @ApiProperty({ enum: OBJECT_NAMES }) @IsIn(OBJECT_NAMES) object: string;
  @ApiProperty() @IsUUID() connection: string;
  @ApiProperty() @IsString() @Length(1, 1_000) externalId: string;
}

@ApiTags('records')
@ApiBearerAuth()
@Controller('records')
export class RecordsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get()
  @Allow('records:read')
  find(@CurrentActor() actor: Actor, @Query() query: RecordQuery): Promise<Record<string, unknown>> {
    const reveal = revealed(actor, query.reveal);
    return this.hub.database.inTenant(actor.tenantId, async (tx) => {
      const [cluster] = await tx.query<Cluster>(
        `SELECT c.id, c.object, c.ref, c.values, c.provenance, c.frozen, c.deleted_at, c.updated_at FROM source_record s JOIN cluster_member m ON m.record_id = s.id AND m.valid_to IS NULL JOIN cluster c ON c.id = m.cluster_id
         WHERE s.connection_id = $1 AND s.object = $2 AND s.external_id = $3`, [query.connection, query.object, query.externalId],
      );
      if (!cluster) throw notFound('record');
      return recordView(tx, cluster, { actor, reveal });
    });
  }

  @Get(':ref')
  @Allow('records:read')
  show(@CurrentActor() actor: Actor, @Param('ref') ref: string, @Query() query: RevealQuery): Promise<Record<string, unknown>> {
    const reveal = revealed(actor, query.reveal);
    return this.hub.database.inTenant(actor.tenantId, async (tx) => recordView(tx, await clusterByRef(tx, ref), { actor, reveal }));
  }

  @Get(':ref/provenance/:field')
  @Allow('records:read')
  why(@CurrentActor() actor: Actor, @Param('ref') ref: string, @Param('field') field: string, @Query() query: RevealQuery): Promise<Record<string, unknown>> {
    const reveal = revealed(actor, query.reveal);
    return this.hub.database.inTenant(actor.tenantId, async (tx) => fieldView(tx, await clusterByRef(tx, ref), { field, reveal }));
  }
}

function revealed(actor: Actor, asked: string | undefined): boolean {
  if (asked !== 'true') return false;
  if (allows(actor.role as Role, actor.scopes, 'records:reveal')) return true;
  throw new Problem(403, 'FORBIDDEN', 'showing contact fields needs the permission records:reveal');
}
