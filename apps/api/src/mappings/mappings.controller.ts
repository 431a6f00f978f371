import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Hub } from '#hub/sync';
import { notFound } from '../problems/problem.js';
import { Allow } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { MappingList, MappingView, mappingView } from './mapping.view.js';

@ApiTags('mappings')
@Controller('mappings')
export class MappingsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get()
  @Allow('mappings:read')
  @ApiOkResponse({ type: MappingList })
  list(): MappingList {
    return { items: this.hub.mappings.all.map(mappingView), nextCursor: null };
  }

  @Get(':name')
  @Allow('mappings:read')
  @ApiOkResponse({ type: MappingView })
  show(@Param('name') name: string): MappingView {
    const found = this.hub.mappings.all.find((one) => one.name === name);
    if (!found) throw notFound('mapping');
    return mappingView(found);
  }
}
