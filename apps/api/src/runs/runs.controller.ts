import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { cancelRun, type Actor, type Hub } from '#hub/sync';
import type { Page } from '../paging.js';
import { notFound } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { UuidPipe } from '../security/uuid.pipe.js';
import { HUB } from '../tokens.js';
import { listRuns, readRun, RunPage, RunsQuery, RunView } from './run.view.js';

@ApiTags('runs')
@Controller('runs')
export class RunsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get()
  @Allow('runs:read')
  @ApiOkResponse({ type: RunPage })
  list(@CurrentActor() actor: Actor, @Query() query: RunsQuery): Promise<Page<RunView>> {
    return this.hub.database.inTenant(actor.tenantId, (tx) => listRuns(tx, query));
  }

  @Get(':id')
  @Allow('runs:read')
  @ApiOkResponse({ type: RunView })
  async show(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string): Promise<RunView> {
    const run = await this.hub.database.inTenant(actor.tenantId, (tx) => readRun(tx, id));
    if (!run) throw notFound('run');
    return run;
  }

  @Post(':id/cancel')
  @HttpCode(204)
  @Allow('runs:write')
  @ApiNoContentResponse()
  cancel(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string): Promise<void> {
    return cancelRun(this.hub, actor, id);
  }
}
