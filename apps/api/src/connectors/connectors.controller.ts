import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Hub } from '#hub/sync';
import { Allow } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { catalogueOf, ConnectorList } from './connector.view.js';

@ApiTags('connectors')
@Controller('connectors')
export class ConnectorsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** What can be connected, and what each needs. */
  @Get()
  @Allow('connectors:read')
  @ApiOkResponse({ type: ConnectorList })
  list(): ConnectorList {
    return { items: catalogueOf(this.hub), nextCursor: null };
  }
}
