import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  beginSignIn,
  changeConnection,
  createConnection,
  deleteConnection,
  pauseConnectionByHand,
  resumeConnection,
  runStreams,
  testConnection,
  type Actor,
  type Hub,
} from '#hub/sync';
import { PageQuery, type Page } from '../paging.js';
import { notFound } from '../problems/problem.js';
import { answersOf, RunAnswersView } from '../runs/run.view.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { UuidPipe } from '../security/uuid.pipe.js';
import { HUB } from '../tokens.js';
import { ChangeConnectionDto, CreateConnectionDto, DeleteConnectionQuery, PauseDto, SyncDto, WebhookSecretDto } from './connection.dto.js';
import { ConnectionPage, ConnectionTestView, ConnectionView, SignInView, listConnections, readConnection } from './connection.view.js';

@ApiTags('connections')
@Controller('connections')
export class ConnectionsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get()
  @Allow('connections:read')
  @ApiOkResponse({ type: ConnectionPage })
  list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<Page<ConnectionView>> {
    return this.hub.database.inTenant(actor.tenantId, (tx) => listConnections(tx, this.hub, query));
  }

  @Post()
  @Allow('connections:write')
  @ApiCreatedResponse({ type: ConnectionView })
  async create(@CurrentActor() actor: Actor, @Body() body: CreateConnectionDto): Promise<ConnectionView> {
    const { id } = await createConnection(this.hub, actor, body);
    return this.show(actor, id);
  }

  @Get(':id')
  @Allow('connections:read')
  @ApiOkResponse({ type: ConnectionView })
  async show(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string): Promise<ConnectionView> {
    const view = await this.hub.database.inTenant(actor.tenantId, (tx) => readConnection(tx, this.hub, id));
    if (!view) throw notFound('connection');
    return view;
  }

  @Patch(':id')
  @Allow('connections:write')
  @ApiOkResponse({ type: ConnectionView })
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) id: string,
    @Body() body: ChangeConnectionDto,
  ): Promise<ConnectionView> {
    await changeConnection(this.hub, actor, { ...body, id });
    return this.show(actor, id);
  }

  /** Calls the vendor and says, check by check, what works. */
  @Post(':id/test')
  @HttpCode(200)
  @Allow('connections:write')
  @ApiOkResponse({ type: ConnectionTestView })
  test(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string): Promise<ConnectionTestView> {
    return testConnection(this.hub, actor, id);
  }

  /** Where a person lets the hub in at the vendor; good for ten minutes. */
  @Post(':id/sign-in')
  @HttpCode(200)
  @Allow('connections:write')
  @ApiOkResponse({ type: SignInView })
  signIn(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string): Promise<SignInView> {
    return beginSignIn(this.hub, actor, id);
  }

  @Post(':id/pause')
  @HttpCode(204)
  @Allow('connections:write')
  @ApiNoContentResponse()
  pause(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string, @Body() body: PauseDto): Promise<void> {
    return pauseConnectionByHand(this.hub, actor, { id, reason: body.reason });
  }

  @Post(':id/resume')
  @HttpCode(204)
  @Allow('connections:write')
  @ApiNoContentResponse()
  resume(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string): Promise<void> {
    return resumeConnection(this.hub, actor, id);
  }

  /** Asks for runs: of one stream, or of all, parents before children. Each gets an answer. */
  @Post(':id/sync')
  @HttpCode(202)
  @Allow('runs:write')
  @ApiAcceptedResponse({ type: RunAnswersView })
  async sync(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string, @Body() body: SyncDto): Promise<RunAnswersView> {
    return answersOf(await runStreams(this.hub, actor, { kind: 'sync', connectionId: id, stream: body.stream }));
  }

  @Post(':id/webhook-secret')
  @HttpCode(204)
  @Allow('connections:write')
  @ApiNoContentResponse()
  webhookSecret(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string, @Body() body: WebhookSecretDto): Promise<void> {
    return changeConnection(this.hub, actor, { id, credentials: { webhookSecret: body.secret }, keepFormerHours: body.keepFormerHours });
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('connections:write')
  @ApiNoContentResponse()
  remove(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string, @Query() query: DeleteConnectionQuery): Promise<void> {
    return deleteConnection(this.hub, actor, { id, records: query.records });
  }
}
