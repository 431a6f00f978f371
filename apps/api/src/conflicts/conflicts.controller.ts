import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { settleByHand, type Actor, type Hub } from '#hub/sync';
import type { Page } from '../paging.js';
import { notFound } from '../problems/problem.js';
import { sightOf } from '../records/mask.js';
import { auditReveal, mayReveal } from '../records/reveal.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { UuidPipe } from '../security/uuid.pipe.js';
import { HUB } from '../tokens.js';
import { ConflictPage, ConflictQuery, ConflictsQuery, ConflictView, listConflicts, readConflict, SettleDto } from './conflict.view.js';

@ApiTags('conflicts')
@Controller('conflicts')
export class ConflictsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get()
  @Allow('conflicts:read')
  @ApiOkResponse({ type: ConflictPage })
  list(@CurrentActor() actor: Actor, @Query() query: ConflictsQuery): Promise<Page<ConflictView>> {
    return this.hub.database.inTenant(actor.tenantId, async (tx) => listConflicts(tx, query, await sightOf(tx, this.hub, false)));
  }

  @Get(':id')
  @Allow('conflicts:read')
  @ApiOkResponse({ type: ConflictView })
  show(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string, @Query() query: ConflictQuery): Promise<ConflictView> {
    const reveal = mayReveal(actor, query);
    return this.hub.database.inTenant(actor.tenantId, async (tx) => {
      const conflict = await readConflict(tx, id, await sightOf(tx, this.hub, reveal));
      if (!conflict) throw notFound('conflict');
      if (reveal) await auditReveal(tx, actor, { kind: 'conflict', id });
      return conflict;
    });
  }

  /** Unfreezes the field with the chosen value and writes it to whoever holds another. */
  @Post(':id/settle')
  @HttpCode(204)
  @Allow('conflicts:settle')
  @ApiNoContentResponse()
  settle(@CurrentActor() actor: Actor, @Param('id', UuidPipe) conflictId: string, @Body() body: SettleDto): Promise<void> {
    return settleByHand(this.hub, actor, { conflictId, ...body });
  }
}
