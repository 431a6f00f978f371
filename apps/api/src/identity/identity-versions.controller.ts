import { Body, Controller, Get, HttpCode, Inject, Param, ParseIntPipe, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { activateVersion, draftRules, simulateVersion, trainPeople, type Actor, type Hub, type Simulation } from '#hub/sync';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import {
  ApprovalDto,
  DraftedRulesView,
  IdentityFigures,
  listVersionsOf,
  ModelList,
  readFigures,
  RulesList,
  RulesTextDto,
  SimulationView,
  TrainedView,
} from './version.view.js';

/** Models and rules of who is who: trained or written, simulated, approved. Version 0 of either is what is shipped. */
@ApiTags('identity')
@Controller('identity')
export class IdentityVersionsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** How many people there are, how often twice, and what is open. */
  @Get('figures')
  @Allow('identity:read')
  @ApiOkResponse({ type: IdentityFigures })
  figures(@CurrentActor() actor: Actor): Promise<IdentityFigures> {
    return this.hub.database.inTenant(actor.tenantId, readFigures);
  }

  @Get('models')
  @Allow('identity:read')
  @ApiOkResponse({ type: ModelList })
  async models(@CurrentActor() actor: Actor): Promise<ModelList> {
    return { items: await this.hub.database.inTenant(actor.tenantId, (tx) => listVersionsOf(tx, 'model')), nextCursor: null };
  }

  /** Learns a model from the records that are here, without labels. Nothing is matched with it yet. */
  @Post('models')
  @Allow('identity:write')
  @ApiCreatedResponse({ type: TrainedView })
  train(@CurrentActor() actor: Actor): Promise<TrainedView> {
    return trainPeople(this.hub, actor);
  }

  /** Says what the model would do to every record. */
  @Post('models/:version/simulate')
  @HttpCode(200)
  @Allow('identity:write')
  @ApiOkResponse({ type: SimulationView })
  simulateModel(@CurrentActor() actor: Actor, @Param('version', ParseIntPipe) version: number): Promise<Simulation> {
    return simulateVersion(this.hub, actor, { kind: 'model', version });
  }

  /** Approves a simulated model. */
  @Post('models/:version/activate')
  @HttpCode(204)
  @Allow('identity:approve')
  @ApiNoContentResponse()
  activateModel(
    @CurrentActor() actor: Actor,
    @Param('version', ParseIntPipe) version: number,
    @Body() { reason }: ApprovalDto,
  ): Promise<void> {
    return activateVersion(this.hub, actor, { kind: 'model', version, reason });
  }

  @Get('rules')
  @Allow('identity:read')
  @ApiOkResponse({ type: RulesList })
  async rules(@CurrentActor() actor: Actor): Promise<RulesList> {
    return { items: await this.hub.database.inTenant(actor.tenantId, (tx) => listVersionsOf(tx, 'rules')), nextCursor: null };
  }

  /** Keeps a draft of `identity.yaml`. */
  @Post('rules')
  @Allow('identity:write')
  @ApiCreatedResponse({ type: DraftedRulesView })
  draft(@CurrentActor() actor: Actor, @Body() { text }: RulesTextDto): Promise<DraftedRulesView> {
    return draftRules(this.hub, actor, text);
  }

  /** Says what the rules would do to every record. */
  @Post('rules/:version/simulate')
  @HttpCode(200)
  @Allow('identity:write')
  @ApiOkResponse({ type: SimulationView })
  simulateRules(@CurrentActor() actor: Actor, @Param('version', ParseIntPipe) version: number): Promise<Simulation> {
    return simulateVersion(this.hub, actor, { kind: 'rules', version });
  }

  /** Approves simulated rules. */
  @Post('rules/:version/activate')
  @HttpCode(204)
  @Allow('identity:approve')
  @ApiNoContentResponse()
  activateRules(
    @CurrentActor() actor: Actor,
    @Param('version', ParseIntPipe) version: number,
    @Body() { reason }: ApprovalDto,
  ): Promise<void> {
    return activateVersion(this.hub, actor, { kind: 'rules', version, reason });
  }
}
