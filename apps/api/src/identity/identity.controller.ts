import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { decideAlike, decidePairs, mergePeople, Refusal, undoPeople, unmergePeople, type Actor, type Hub } from '#hub/sync';
import type { Page } from '../paging.js';
import { PageQuery } from '../paging.js';
import { notFound } from '../problems/problem.js';
import { sightOf } from '../records/mask.js';
import { auditReveal, mayReveal, RevealQuery } from '../records/reveal.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { UuidPipe } from '../security/uuid.pipe.js';
import { HUB } from '../tokens.js';
import { ClusterView, readCluster } from './cluster.view.js';
import {
  DecideAlikeDto,
  DecideDto,
  DecisionPage,
  listDecisions,
  MergeDto,
  UndoDto,
  UnmergeDto,
  type DecisionView,
} from './decision.view.js';
import { answerOutcome, outcomeView, PeopleOutcomeView } from './outcome.view.js';
import { listReviews, readReview, ReviewDetailView, ReviewPage, ReviewsQuery, type ReviewView } from './review.view.js';

/** Who is who: what a person is asked, what people decided, and what becomes of it. */
@ApiTags('identity')
@Controller('identity')
export class IdentityController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** Pairs that wait for a person, the most valuable first. */
  @Get('reviews')
  @Allow('identity:read')
  @ApiOkResponse({ type: ReviewPage })
  reviews(@CurrentActor() actor: Actor, @Query() query: ReviewsQuery): Promise<Page<ReviewView>> {
    const reveal = mayReveal(actor, query);
    return this.hub.database.inTenant(actor.tenantId, async (tx) => {
      if (reveal) await auditReveal(tx, actor, { kind: 'review', id: 'queue' });
      return listReviews(tx, query, await sightOf(tx, this.hub, reveal));
    });
  }

  /** One pair: its waterfall, similar decisions, and what "same" would do to records and systems. */
  @Get('reviews/:id/:other')
  @Allow('identity:read')
  @ApiOkResponse({ type: ReviewDetailView })
  async review(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) a: string,
    @Param('other', UuidPipe) b: string,
    @Query() query: RevealQuery,
  ): Promise<ReviewDetailView> {
    const reveal = mayReveal(actor, query);
    const { review, sight } = await this.hub.database.inTenant(actor.tenantId, async (tx) => {
      const seen = await sightOf(tx, this.hub, reveal);
      const found = await readReview(tx, { a, b }, seen);
      if (!found) throw notFound('scored pair of these records');
      if (reveal) await auditReveal(tx, actor, { kind: 'review', id: found.id });
      return { review: found, sight: seen };
    });
    const merged = await decidePairs(this.hub, actor, { pairs: [{ a, b }], verdict: 'same', reason: 'preview', preview: true }).catch(
      (failure: unknown) => {
        if (failure instanceof Refusal) return undefined;
        throw failure;
      },
    );
    return { ...review, merged: merged ? outcomeView(merged, sight) : null };
  }

  /** Says of pairs whether they are one person. */
  @Post('decisions')
  @HttpCode(200)
  @Allow('identity:decide')
  @ApiOkResponse({ type: PeopleOutcomeView })
  decide(@CurrentActor() actor: Actor, @Body() body: DecideDto, @Query() query: RevealQuery): Promise<PeopleOutcomeView> {
    return answerOutcome(this.hub, actor, { query, work: () => decidePairs(this.hub, actor, body) });
  }

  /** Decides every open pair of one comparison vector alike. */
  @Post('decisions/alike')
  @HttpCode(200)
  @Allow('identity:decide')
  @ApiOkResponse({ type: PeopleOutcomeView })
  alike(@CurrentActor() actor: Actor, @Body() body: DecideAlikeDto, @Query() query: RevealQuery): Promise<PeopleOutcomeView> {
    return answerOutcome(this.hub, actor, { query, work: () => decideAlike(this.hub, actor, body) });
  }

  /** Every decision ever made, newest first; none is ever changed. */
  @Get('decisions')
  @Allow('identity:read')
  @ApiOkResponse({ type: DecisionPage })
  decisions(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<Page<DecisionView>> {
    return this.hub.database.inTenant(actor.tenantId, (tx) => listDecisions(tx, query));
  }

  /** Makes the clusters of these records one. */
  @Post('merge')
  @HttpCode(200)
  @Allow('identity:decide')
  @ApiOkResponse({ type: PeopleOutcomeView })
  merge(@CurrentActor() actor: Actor, @Body() body: MergeDto, @Query() query: RevealQuery): Promise<PeopleOutcomeView> {
    return answerOutcome(this.hub, actor, { query, work: () => mergePeople(this.hub, actor, body) });
  }

  /** Takes a record out of its cluster, for good; every system gets back what it said before. */
  @Post('unmerge')
  @HttpCode(200)
  @Allow('identity:decide')
  @ApiOkResponse({ type: PeopleOutcomeView })
  unmerge(@CurrentActor() actor: Actor, @Body() body: UnmergeDto, @Query() query: RevealQuery): Promise<PeopleOutcomeView> {
    return answerOutcome(this.hub, actor, { query, work: () => unmergePeople(this.hub, actor, { scope: 'record', ...body }) });
  }

  /** Takes back a decision, a merge, an unmerge or an undo. */
  @Post('operations/:id/undo')
  @HttpCode(200)
  @Allow('identity:decide')
  @ApiOkResponse({ type: PeopleOutcomeView })
  undo(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) operationId: string,
    @Body() body: UndoDto,
    @Query() query: RevealQuery,
  ): Promise<PeopleOutcomeView> {
    return answerOutcome(this.hub, actor, { query, work: () => undoPeople(this.hub, actor, { operationId, ...body }) });
  }

  /** A record by any id that it ever had: its members, redirects and events. */
  @Get('clusters/:id')
  @Allow('identity:read')
  @ApiOkResponse({ type: ClusterView })
  cluster(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string): Promise<ClusterView> {
    return this.hub.database.inTenant(actor.tenantId, async (tx) => {
      const found = await readCluster(tx, id);
      if (!found) throw notFound('record');
      return found;
    });
  }
}
