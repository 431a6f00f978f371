import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Put, Query } from '@nestjs/common';
import { ApiExtraModels, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { TenantTx } from '#hub/persistence';
import { pinField, releasePin, type Actor, type Hub } from '#hub/sync';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { clusterByRef, clusterBySource, readField, readRecord, type Cluster } from './read-record.js';
import { FieldView, ProvenanceView, RecordQuery, RecordView } from './record.view.js';
import { AsOfQuery, PinDto, PinList, readAsOf, readPins, RecordAsOfView } from './record-history.js';
import { sightOf, type Sight } from './mask.js';
import { auditReveal, mayReveal, RevealQuery } from './reveal.js';

@ApiTags('records')
@ApiExtraModels(ProvenanceView)
@Controller('records')
export class RecordsController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** The record that a vendor's id belongs to. */
  @Get()
  @Allow('records:read')
  @ApiOkResponse({ type: RecordView })
  find(@CurrentActor() actor: Actor, @Query() query: RecordQuery): Promise<RecordView> {
    return this.read(actor, query, { find: (tx) => clusterBySource(tx, query), view: readRecord });
  }

  @Get(':ref')
  @Allow('records:read')
  @ApiOkResponse({ type: RecordView })
  show(@CurrentActor() actor: Actor, @Param('ref') ref: string, @Query() query: RevealQuery): Promise<RecordView> {
    return this.read(actor, query, { find: (tx) => clusterByRef(tx, ref), view: readRecord });
  }

  /** Why this value? */
  @Get(':ref/provenance/:field')
  @Allow('records:read')
  @ApiOkResponse({ type: FieldView })
  why(
    @CurrentActor() actor: Actor,
    @Param('ref') ref: string,
    @Param('field') field: string,
    @Query() query: RevealQuery,
  ): Promise<FieldView> {
    return this.read(actor, query, {
      find: (tx) => clusterByRef(tx, ref),
      view: (tx, cluster, sight) => readField(tx, cluster, { field, sight }),
    });
  }

  /** The record that a reference number named at a time: its golden values and its members then. */
  @Get(':ref/as-of')
  @Allow('records:read')
  @ApiOkResponse({ type: RecordAsOfView })
  asOf(@CurrentActor() actor: Actor, @Param('ref') ref: string, @Query() query: AsOfQuery): Promise<RecordAsOfView> {
    return this.read(actor, query, {
      find: (tx) => clusterByRef(tx, ref),
      view: (tx, cluster, sight) => readAsOf(tx, { ref: cluster.redirected_from ?? cluster.ref ?? '', at: new Date(query.at), sight }),
    });
  }

  /** What people pinned on the record. */
  @Get(':ref/pins')
  @Allow('records:read')
  @ApiOkResponse({ type: PinList })
  pins(@CurrentActor() actor: Actor, @Param('ref') ref: string, @Query() query: RevealQuery): Promise<PinList> {
    return this.read(actor, query, {
      find: (tx) => clusterByRef(tx, ref),
      view: (tx, cluster, sight) => readPins(tx, this.hub, { cluster, sight }),
    });
  }

  /** Sets a golden value above every rule, until it is released or ends. */
  @Put(':ref/pins/:field')
  @HttpCode(204)
  @Allow('identity:decide')
  @ApiNoContentResponse()
  async pin(@CurrentActor() actor: Actor, @Param('ref') ref: string, @Param('field') field: string, @Body() body: PinDto): Promise<void> {
    const { id } = await this.hub.database.inTenant(actor.tenantId, (tx) => clusterByRef(tx, ref));
    const { value, reason, expiresAt } = body;
    await pinField(this.hub, actor, {
      clusterId: id,
      field,
      value,
      reason,
      expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    });
  }

  /** Lets the rules decide again. */
  @Delete(':ref/pins/:field')
  @HttpCode(204)
  @Allow('identity:decide')
  @ApiNoContentResponse()
  async unpin(@CurrentActor() actor: Actor, @Param('ref') ref: string, @Param('field') field: string): Promise<void> {
    const { id } = await this.hub.database.inTenant(actor.tenantId, (tx) => clusterByRef(tx, ref));
    await releasePin(this.hub, actor, { clusterId: id, field, reason: 'released' });
  }

  private read<View>(
    actor: Actor,
    query: RevealQuery,
    how: {
      find: (tx: TenantTx) => Promise<Cluster>;
      view: (tx: TenantTx, cluster: Cluster, sight: Sight) => Promise<View>;
    },
  ): Promise<View> {
    const reveal = mayReveal(actor, query);
    return this.hub.database.inTenant(actor.tenantId, async (tx) => {
      const cluster = await how.find(tx);
      if (reveal) await auditReveal(tx, actor, { kind: cluster.object, id: cluster.ref ?? cluster.id });
      return how.view(tx, cluster, await sightOf(tx, this.hub, reveal));
    });
  }
}
