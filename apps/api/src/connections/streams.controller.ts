import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { refetchRecord, releaseBrake, resetStream, type Actor, type Hub } from '#hub/sync';
import { RunIdView } from '../errors/error.dto.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { UuidPipe } from '../security/uuid.pipe.js';
import { HUB } from '../tokens.js';
import { ReasonDto, RefetchDto } from './connection.dto.js';

@ApiTags('connections')
@Controller('connections/:id/streams/:stream')
export class StreamsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** Forgets the cursor: the next run walks everything. */
  @Post('reset')
  @HttpCode(204)
  @Allow('connections:write')
  @ApiNoContentResponse()
  reset(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) connectionId: string,
    @Param('stream') stream: string,
    @Body() body: ReasonDto,
  ): Promise<void> {
    return resetStream(this.hub, actor, { connectionId, stream, reason: body.reason });
  }

  /** Lets a walk that would delete unusually much go on. */
  @Post('release-brake')
  @HttpCode(204)
  @Allow('connections:write')
  @ApiNoContentResponse()
  release(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) connectionId: string,
    @Param('stream') stream: string,
    @Body() body: ReasonDto,
  ): Promise<void> {
    return releaseBrake(this.hub, actor, { connectionId, stream, reason: body.reason });
  }

  /** Fetches one record now. */
  @Post('refetch')
  @HttpCode(202)
  @Allow('runs:write')
  @ApiAcceptedResponse({ type: RunIdView })
  refetch(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) connectionId: string,
    @Param('stream') stream: string,
    @Body() body: RefetchDto,
  ): Promise<RunIdView> {
    return refetchRecord(this.hub, actor, { connectionId, stream, externalId: body.externalId });
  }
}
