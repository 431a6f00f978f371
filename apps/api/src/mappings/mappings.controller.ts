import { Body, Controller, Delete, Get, HttpCode, Inject, Param, ParseIntPipe, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { CompiledMapping } from '#hub/mapping';
import {
  activateMappings,
  draftMapping,
  dropDraft,
  findVersion,
  loadTenantMappings,
  type Actor,
  type Hub,
  type TenantMappings,
} from '#hub/sync';
import { notFound } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import {
  ActivationDto,
  listVersions,
  MappingList,
  MappingTextDto,
  MappingTextView,
  mappingView,
  MappingVersionList,
  MappingView,
} from './mapping.view.js';

@ApiTags('mappings')
@Controller('mappings')
export class MappingsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** The mappings that run now. */
  @Get()
  @Allow('mappings:read')
  @ApiOkResponse({ type: MappingList })
  async list(@CurrentActor() actor: Actor): Promise<MappingList> {
    const { all } = await this.live(actor);
    return { items: all.map(mappingView), nextCursor: null };
  }

  @Get(':name')
  @Allow('mappings:read')
  @ApiOkResponse({ type: MappingTextView })
  async show(@CurrentActor() actor: Actor, @Param('name') name: string): Promise<MappingTextView> {
    return textView(named((await this.live(actor)).all, name));
  }

  @Get(':name/versions')
  @Allow('mappings:read')
  @ApiOkResponse({ type: MappingVersionList })
  async versions(@CurrentActor() actor: Actor, @Param('name') name: string): Promise<MappingVersionList> {
    const shipped = named(this.hub.mappings.all, name);
    const live = named((await this.live(actor)).all, name);
    const items = await this.hub.database.inTenant(actor.tenantId, (tx) => listVersions(tx, { shipped, live }));
    return { items, nextCursor: null };
  }

  @Get(':name/versions/:version')
  @Allow('mappings:read')
  @ApiOkResponse({ type: MappingTextView })
  async version(
    @CurrentActor() actor: Actor,
    @Param('name') name: string,
    @Param('version', ParseIntPipe) version: number,
  ): Promise<MappingTextView> {
    const found = await this.hub.database.inTenant(actor.tenantId, (tx) => findVersion(tx, this.hub, { name, version }));
    if (!found) throw notFound('version of this mapping');
    return textView(found);
  }

  /** Keeps a draft of the next version; nothing runs with it yet. */
  @Post(':name/versions')
  @Allow('mappings:write')
  @ApiCreatedResponse({ type: MappingView })
  async draft(@CurrentActor() actor: Actor, @Param('name') name: string, @Body() { text }: MappingTextDto): Promise<MappingView> {
    return mappingView(await draftMapping(this.hub, actor, { name, text }));
  }

  /** Drops a draft that was never used. */
  @Delete(':name/versions/:version')
  @HttpCode(204)
  @Allow('mappings:write')
  @ApiNoContentResponse()
  drop(@CurrentActor() actor: Actor, @Param('name') name: string, @Param('version', ParseIntPipe) version: number): Promise<void> {
    return dropDraft(this.hub, actor, { name, version });
  }

  /** Makes versions live, all together or none. */
  @Post('activations')
  @HttpCode(204)
  @Allow('mappings:write')
  @ApiNoContentResponse()
  activate(@CurrentActor() actor: Actor, @Body() { versions, reason }: ActivationDto): Promise<void> {
    return activateMappings(this.hub, actor, { versions, reason });
  }

  private live(actor: Actor): Promise<TenantMappings> {
    return this.hub.database.inTenant(actor.tenantId, (tx) => loadTenantMappings(tx, this.hub));
  }
}

function named(mappings: readonly CompiledMapping[], name: string): CompiledMapping {
  const found = mappings.find((mapping) => mapping.name === name);
  if (!found) throw notFound('mapping');
  return found;
}

function textView(mapping: CompiledMapping): MappingTextView {
  return { ...mappingView(mapping), text: mapping.text };
}
