import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Actor, Hub } from '#hub/sync';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { readMetrics } from './read-metrics.js';

@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** Prometheus text of the caller's tenant. */
  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @Allow('health:read')
  show(@CurrentActor() actor: Actor): Promise<string> {
    return this.hub.database.inTenant(actor.tenantId, readMetrics);
  }
}
