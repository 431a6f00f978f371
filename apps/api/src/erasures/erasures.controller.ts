import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { erasePerson, liftErasure, type Actor, type Hub } from '#hub/sync';
import { PageQuery, type Page } from '../paging.js';
import { notFound } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { UuidPipe } from '../security/uuid.pipe.js';
import { HUB } from '../tokens.js';
import { EraseDto, ErasureOutcomeView, ErasurePage, ErasureView, LiftDto, listErasures, readErasure } from './erasure.view.js';

/** People who asked to be forgotten. */
@ApiTags('erasures')
@Controller('erasures')
export class ErasuresController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** Deletes all that the hub has of a candidate, for good, and lets it in again only when the person applies anew. */
  @Post()
  @HttpCode(200)
  @Allow('erasures:write')
  @ApiOkResponse({ type: ErasureOutcomeView })
  erase(@CurrentActor() actor: Actor, @Body() body: EraseDto): Promise<ErasureOutcomeView> {
    const { scope = 'sourcing', expiresAt, ...request } = body;
    return erasePerson(this.hub, actor, { ...request, scope, expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt) });
  }

  /** Every erasure with its receipts, newest first. */
  @Get()
  @Allow('erasures:read')
  @ApiOkResponse({ type: ErasurePage })
  list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<Page<ErasureView>> {
    return this.hub.database.inTenant(actor.tenantId, (tx) => listErasures(tx, query));
  }

  @Get(':id')
  @Allow('erasures:read')
  @ApiOkResponse({ type: ErasureView })
  show(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string): Promise<ErasureView> {
    return this.hub.database.inTenant(actor.tenantId, async (tx) => {
      const found = await readErasure(tx, id);
      if (!found) throw notFound('erasure');
      return found;
    });
  }

  /** Lets the person in again, whoever brings them. What was erased does not come back. */
  @Post(':id/lift')
  @HttpCode(204)
  @Allow('erasures:write')
  @ApiNoContentResponse()
  lift(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string, @Body() { reason }: LiftDto): Promise<void> {
    return liftErasure(this.hub, actor, { id, reason });
  }
}
