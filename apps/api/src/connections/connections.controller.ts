import { Body, Controller, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import {
  changeConnection, createConnection, deleteConnection, pauseConnectionByHand, refetchRecord, releaseBrake, resetStream, resumeConnection, runStreams, testConnection, type Actor, type Hub,
} from '#hub/sync';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { notFound } from '../problems/problem.js';
import { HUB } from '../tokens.js';
import { answersOf, type RunAnswerView } from '../runs/run-answers.js';
import { ChangeConnectionDto, CreateConnectionDto, DeleteConnectionQuery, PauseDto, ReasonDto, RefetchDto, SyncDto, WebhookSecretDto } from './connection.dto.js';
import { catalogue, readConnections, type ConnectionView } from './connection-queries.js';

@ApiTags('connections')
@ApiBearerAuth()
@Controller()
export class ConnectionsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get('connectors')
  @Allow('connections:read')
  connectors(): { items: Record<string, unknown>[] } {
    return { items: catalogue(this.hub) };
  }

  @Get('connections')
  @Allow('connections:read')
  async list(@CurrentActor() actor: Actor): Promise<{ items: ConnectionView[]; nextCursor: null }> {
    return { items: await this.hub.database.inTenant(actor.tenantId, (tx) => readConnections(tx, this.hub)), nextCursor: null };
  }

  @Post('connections')
  @Allow('connections:write')
  async create(@CurrentActor() actor: Actor, @Body() body: CreateConnectionDto): Promise<ConnectionView> {
    const { id } = await createConnection(this.hub, actor, body);
    return this.show(actor, id);
  }

  @Get('connections/:id')
  @Allow('connections:read')
  async show(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ConnectionView> {
    const [view] = await this.hub.database.inTenant(actor.tenantId, (tx) => readConnections(tx, this.hub, id));
    if (!view) throw notFound('connection');
    return view;
  }

  @Patch('connections/:id')
  @Allow('connections:write')
  async change(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: ChangeConnectionDto): Promise<ConnectionView> {
    await changeConnection(this.hub, actor, { ...body, id });
    return this.show(actor, id);
  }

  @Post('connections/:id/test')
  @HttpCode(200)
  @Allow('connections:write')
  test(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<{ ok: boolean; checks: unknown[] }> {
    return testConnection(this.hub, actor, id);
  }

  @Post('connections/:id/pause')
  @HttpCode(204)
  @Allow('connections:write')
  pause(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: PauseDto): Promise<void> {
    return pauseConnectionByHand(this.hub, actor, { id, reason: body.reason });
  }

  @Post('connections/:id/resume')
  @HttpCode(204)
  @Allow('connections:write')
  resume(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return resumeConnection(this.hub, actor, id);
  }

  @Post('connections/:id/sync')
  @HttpCode(202)
  @Allow('runs:write')
  async sync(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: SyncDto): Promise<{ runs: RunAnswerView[] }> {
    return { runs: answersOf(await runStreams(this.hub, actor, { kind: 'sync', connectionId: id, stream: body.stream })) };
  }

  @Post('connections/:id/streams/:stream/reset')
  @HttpCode(204)
  @Allow('connections:write')
  reset(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) connectionId: string, @Param('stream') stream: string, @Body() body: ReasonDto): Promise<void> {
    return resetStream(this.hub, actor, { connectionId, stream, reason: body.reason });
  }

  @Post('connections/:id/streams/:stream/release-brake')
  @HttpCode(204)
  @Allow('connections:write')
  release(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) connectionId: string, @Param('stream') stream: string, @Body() body: ReasonDto): Promise<void> {
    return releaseBrake(this.hub, actor, { connectionId, stream, reason: body.reason });
  }

  @Post('connections/:id/streams/:stream/refetch')
  @HttpCode(202)
  @Allow('runs:write')
  refetch(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) connectionId: string, @Param('stream') stream: string, @Body() body: RefetchDto): Promise<{ runId: string }> {
    return refetchRecord(this.hub, actor, { connectionId, stream, externalId: body.externalId });
  }

  @Post('connections/:id/webhook-secret')
  @HttpCode(204)
  @Allow('connections:write')
  async webhookSecret(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: WebhookSecretDto): Promise<void> {
    await changeConnection(this.hub, actor, { id, credentials: { webhookSecret: body.secret } });
  }

  @Delete('connections/:id')
  @HttpCode(204)
  @Allow('connections:write')
  remove(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Query() query: DeleteConnectionQuery): Promise<void> {
    return deleteConnection(this.hub, actor, { id, records: query.records });
  }
}
