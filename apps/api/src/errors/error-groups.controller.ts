import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { assignGroup, ignoreGroup, patchForGroup, type Actor, type Hub } from '#hub/sync';
import type { Page } from '../paging.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { UuidPipe } from '../security/uuid.pipe.js';
import { HUB } from '../tokens.js';
import { AssignDto, GroupAnswerView, GroupsQuery, IgnoreDto, PatchAnswerView } from './error.dto.js';
import { ErrorGroupPage, listGroups, type ErrorGroupView } from './error-group.view.js';

@ApiTags('errors')
@Controller('error-groups')
export class ErrorGroupsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** Items that fail alike, latest first. */
  @Get()
  @Allow('errors:read')
  @ApiOkResponse({ type: ErrorGroupPage })
  list(@CurrentActor() actor: Actor, @Query() query: GroupsQuery): Promise<Page<ErrorGroupView>> {
    return this.hub.database.inTenant(actor.tenantId, (tx) => listGroups(tx, query));
  }

  /** A change of the mapping that would mend this, tried on its records; nothing is changed by asking. */
  @Get(':id/patch')
  @Allow('mappings:read')
  @ApiOkResponse({ type: PatchAnswerView })
  async patch(@CurrentActor() actor: Actor, @Param('id', UuidPipe) groupId: string): Promise<PatchAnswerView> {
    return { patch: await patchForGroup(this.hub, actor, groupId) };
  }

  @Post(':id/assign')
  @HttpCode(200)
  @Allow('errors:write')
  @ApiOkResponse({ type: GroupAnswerView })
  assign(@CurrentActor() actor: Actor, @Param('id', UuidPipe) groupId: string, @Body() body: AssignDto): Promise<GroupAnswerView> {
    return assignGroup(this.hub, actor, { groupId, assignee: body.assignee });
  }

  @Post(':id/ignore')
  @HttpCode(200)
  @Allow('errors:write')
  @ApiOkResponse({ type: GroupAnswerView })
  ignore(@CurrentActor() actor: Actor, @Param('id', UuidPipe) groupId: string, @Body() body: IgnoreDto): Promise<GroupAnswerView> {
    return ignoreGroup(this.hub, actor, { groupId, reason: body.reason, until: body.until });
  }
}
