import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { approveVendorMerge, proposeVendorMerge, recreateRecord, withdrawVendorMerge, type Actor, type Hub } from '#hub/sync';
import type { Page } from '../paging.js';
import { notFound } from '../problems/problem.js';
import { sightOf } from '../records/mask.js';
import { auditReveal, mayReveal, RevealQuery } from '../records/reveal.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { UuidPipe } from '../security/uuid.pipe.js';
import { HUB } from '../tokens.js';
import { UndoDto } from './decision.view.js';
import { answerOutcome, PeopleOutcomeView } from './outcome.view.js';
import { listVendorMerges, ProposeMergeDto, VendorMergePage, VendorMergesQuery, VendorMergeView } from './vendor-merge.view.js';
import { ApprovalDto } from './version.view.js';

/** Two records of one person in one system, made one there. No vendor takes that back: it is proposed, seen and approved first. */
@ApiTags('identity')
@Controller('identity/vendor-merges')
export class VendorMergesController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** Merges that somebody asked for, and those of which a system told, newest first. */
  @Get()
  @Allow('identity:read')
  @ApiOkResponse({ type: VendorMergePage })
  list(@CurrentActor() actor: Actor, @Query() query: VendorMergesQuery): Promise<Page<VendorMergeView>> {
    return this.hub.database.inTenant(actor.tenantId, async (tx) =>
      listVendorMerges(tx, this.hub, { query, sight: await sightOf(tx, this.hub, false) }),
    );
  }

  /** What both records said when it was proposed, or before their system merged them. */
  @Get(':id')
  @Allow('identity:read')
  @ApiOkResponse({ type: VendorMergeView })
  async one(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string, @Query() query: RevealQuery): Promise<VendorMergeView> {
    const reveal = mayReveal(actor, query);
    return this.hub.database.inTenant(actor.tenantId, async (tx) => {
      const { items } = await listVendorMerges(tx, this.hub, { query: {}, id, sight: await sightOf(tx, this.hub, reveal) });
      if (items.length === 0) throw notFound('merge');
      if (reveal) await auditReveal(tx, actor, { kind: 'vendor-merge', id });
      return items[0];
    });
  }

  /** Reads both records now and keeps what they say. Nothing is sent before it is approved. */
  @Post()
  @Allow('identity:decide')
  @ApiCreatedResponse({ type: VendorMergeView })
  async propose(@CurrentActor() actor: Actor, @Body() body: ProposeMergeDto): Promise<VendorMergeView> {
    const { id } = await proposeVendorMerge(this.hub, actor, body);
    return this.one(actor, id, {});
  }

  /** Approves it as it was seen: the hub merges, or waits until a person has done so in the system. */
  @Post(':id/approve')
  @HttpCode(200)
  @Allow('identity:approve')
  @ApiOkResponse({ type: VendorMergeView })
  async approve(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) id: string,
    @Body() { reason }: ApprovalDto,
  ): Promise<VendorMergeView> {
    await approveVendorMerge(this.hub, actor, { id, reason });
    return this.one(actor, id, {});
  }

  /** Takes it back, as long as it has not been sent. */
  @Post(':id/withdraw')
  @HttpCode(200)
  @Allow('identity:decide')
  @ApiOkResponse({ type: VendorMergeView })
  async withdraw(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) id: string,
    @Body() { reason }: ApprovalDto,
  ): Promise<VendorMergeView> {
    await withdrawVendorMerge(this.hub, actor, { id, reason });
    return this.one(actor, id, {});
  }

  /** Makes the dropped record again of its snapshot, as a person of its own. */
  @Post(':id/recreate')
  @HttpCode(200)
  @Allow('identity:approve')
  @ApiOkResponse({ type: PeopleOutcomeView })
  recreate(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) mergeId: string,
    @Body() body: UndoDto,
    @Query() query: RevealQuery,
  ): Promise<PeopleOutcomeView> {
    return answerOutcome(this.hub, actor, { query, work: () => recreateRecord(this.hub, actor, { mergeId, ...body }) });
  }
}
