import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Actor, Hub } from '#hub/sync';
import type { Page } from '../paging.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { listOutbox, OutboxPage, OutboxQuery, type OutwardChangeView } from './outbox.view.js';

@ApiTags('outbox')
@Controller('outbox')
export class OutboxController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** Outward changes and where each stands. */
  @Get()
  @Allow('outbox:read')
  @ApiOkResponse({ type: OutboxPage })
  list(@CurrentActor() actor: Actor, @Query() query: OutboxQuery): Promise<Page<OutwardChangeView>> {
    return this.hub.database.inTenant(actor.tenantId, (tx) => listOutbox(tx, query));
  }
}
