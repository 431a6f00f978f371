import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { runStreams, type Actor, type Hub } from '#hub/sync';
import { answersOf, RunAnswersView } from '../runs/run.view.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { readReconciliation, ReconcileDto, ReconciliationView } from './reconciliation.view.js';

@ApiTags('reconciliation')
@Controller()
export class ReconciliationController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** Compares with fresh vendor reads: one stream, one connection, or all of them. */
  @Post('reconcile')
  @HttpCode(202)
  @Allow('reconcile:run')
  @ApiAcceptedResponse({ type: RunAnswersView })
  async reconcile(@CurrentActor() actor: Actor, @Body() body: ReconcileDto): Promise<RunAnswersView> {
    return answersOf(await runStreams(this.hub, actor, { kind: 'reconcile', connectionId: body.connection, stream: body.stream }));
  }

  @Get('reconciliation')
  @Allow('reconcile:read')
  @ApiOkResponse({ type: ReconciliationView })
  show(@CurrentActor() actor: Actor): Promise<ReconciliationView> {
    return this.hub.database.inTenant(actor.tenantId, readReconciliation);
  }
}
