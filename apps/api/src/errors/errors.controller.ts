import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  assignItem,
  editItem,
  ignoreItem,
  previewRetry,
  reopenItem,
  resolveItem,
  retryItem,
  revealPayload,
  snoozeItem,
  type Actor,
  type Hub,
} from '#hub/sync';
import type { Page } from '../paging.js';
import { notFound, Problem } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { UuidPipe } from '../security/uuid.pipe.js';
import { HUB } from '../tokens.js';
import {
  AssignDto,
  EditDto,
  ErrorsQuery,
  IgnoreDto,
  PayloadView,
  PreviewQuery,
  ResolveDto,
  RetryDto,
  RetryPreviewView,
  RunIdView,
  SnoozeDto,
} from './error.dto.js';
import { ErrorItemPage, ErrorItemView, listItems, readItem } from './error-item.view.js';
import { etagOf, versionOf } from './item-version.js';

/** Every act takes If-Match: with the ETag of the item as it was read, nobody's change is overwritten. */
const IfMatch = (): MethodDecorator =>
  ApiHeader({ name: 'If-Match', required: false, description: 'ETag of the item as it was read; 412 when somebody was quicker' });

@ApiTags('errors')
@Controller('errors')
export class ErrorsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get()
  @Allow('errors:read')
  @ApiOkResponse({ type: ErrorItemPage })
  list(@CurrentActor() actor: Actor, @Query() query: ErrorsQuery): Promise<Page<ErrorItemView>> {
    return this.hub.database.inTenant(actor.tenantId, (tx) => listItems(tx, query));
  }

  @Get(':id')
  @Allow('errors:read')
  @ApiOkResponse({ type: ErrorItemView, headers: { ETag: { schema: { type: 'string' }, description: 'for If-Match' } } })
  async show(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) id: string,
    @Res({ passthrough: true }) reply: { header: (name: string, value: string) => void },
  ): Promise<ErrorItemView> {
    const item = await this.hub.database.inTenant(actor.tenantId, (tx) => readItem(tx, id));
    if (!item) throw notFound('error item');
    reply.header('etag', etagOf(item.version));
    return item;
  }

  /** The stored payload, to edit it. Personal data: needs records:reveal, and the look is audited. */
  @Get(':id/payload')
  @Allow('records:reveal')
  @ApiOkResponse({ type: PayloadView })
  payload(@CurrentActor() actor: Actor, @Param('id', UuidPipe) itemId: string): Promise<PayloadView> {
    return revealPayload(this.hub, actor, itemId);
  }

  /** What a retry would change, before it does. */
  @Get(':id/retry-preview')
  @Allow('errors:read')
  @ApiOkResponse({ type: RetryPreviewView })
  preview(@CurrentActor() actor: Actor, @Param('id', UuidPipe) itemId: string, @Query() query: PreviewQuery): Promise<RetryPreviewView> {
    if (query.mode === 'fresh')
      throw new Problem(409, 'NOT_PREVIEWED', 'a fresh retry reads from the vendor when it runs; preview as-it-was or current-mapping');
    return previewRetry(this.hub, actor, { itemId, mode: query.mode ?? 'current-mapping' });
  }

  @Post(':id/retry')
  @HttpCode(202)
  @Allow('errors:write')
  @IfMatch()
  @ApiAcceptedResponse({ type: RunIdView })
  retry(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) itemId: string,
    @Body() body: RetryDto,
    @Headers('if-match') match?: string,
  ): Promise<RunIdView> {
    return retryItem(this.hub, actor, { itemId, version: versionOf(match), mode: body.mode ?? 'fresh' });
  }

  /** Keeps an edited payload for the next retry. */
  @Post(':id/edit')
  @HttpCode(204)
  @Allow('errors:write')
  @IfMatch()
  @ApiNoContentResponse()
  edit(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) itemId: string,
    @Body() body: EditDto,
    @Headers('if-match') match?: string,
  ): Promise<void> {
    return editItem(this.hub, actor, { itemId, version: versionOf(match), payload: body.payload, reason: body.reason });
  }

  @Post(':id/ignore')
  @HttpCode(204)
  @Allow('errors:write')
  @IfMatch()
  @ApiNoContentResponse()
  ignore(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) itemId: string,
    @Body() body: IgnoreDto,
    @Headers('if-match') match?: string,
  ): Promise<void> {
    return ignoreItem(this.hub, actor, { itemId, version: versionOf(match), reason: body.reason, until: body.until });
  }

  @Post(':id/assign')
  @HttpCode(204)
  @Allow('errors:write')
  @IfMatch()
  @ApiNoContentResponse()
  assign(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) itemId: string,
    @Body() body: AssignDto,
    @Headers('if-match') match?: string,
  ): Promise<void> {
    return assignItem(this.hub, actor, { itemId, version: versionOf(match), assignee: body.assignee });
  }

  @Post(':id/snooze')
  @HttpCode(204)
  @Allow('errors:write')
  @IfMatch()
  @ApiNoContentResponse()
  snooze(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) itemId: string,
    @Body() body: SnoozeDto,
    @Headers('if-match') match?: string,
  ): Promise<void> {
    return snoozeItem(this.hub, actor, { itemId, version: versionOf(match), until: body.until });
  }

  /** Closes without proof, with a reason that stays. */
  @Post(':id/resolve')
  @HttpCode(204)
  @Allow('errors:write')
  @IfMatch()
  @ApiNoContentResponse()
  resolve(
    @CurrentActor() actor: Actor,
    @Param('id', UuidPipe) itemId: string,
    @Body() body: ResolveDto,
    @Headers('if-match') match?: string,
  ): Promise<void> {
    return resolveItem(this.hub, actor, { itemId, version: versionOf(match), reason: body.reason });
  }

  @Post(':id/reopen')
  @HttpCode(204)
  @Allow('errors:write')
  @IfMatch()
  @ApiNoContentResponse()
  reopen(@CurrentActor() actor: Actor, @Param('id', UuidPipe) itemId: string, @Headers('if-match') match?: string): Promise<void> {
    return reopenItem(this.hub, actor, { itemId, version: versionOf(match) });
  }
}
