import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Actor, Hub } from '#hub/sync';
import type { Page } from '../paging.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { AuditPage, AuditQuery, listAudit, type AuditEntryView } from './audit.view.js';

@ApiTags('audit')
@Controller('audit')
export class AuditController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** Who did what, newest first. */
  @Get()
  @Allow('audit:read')
  @ApiOkResponse({ type: AuditPage })
  list(@CurrentActor() actor: Actor, @Query() query: AuditQuery): Promise<Page<AuditEntryView>> {
    return this.hub.database.inTenant(actor.tenantId, (tx) => listAudit(tx, query));
  }
}
