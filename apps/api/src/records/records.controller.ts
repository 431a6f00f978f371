import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { TenantTx } from '#hub/persistence';
import type { Actor, Hub } from '#hub/sync';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { clusterByRef, clusterBySource, readField, readRecord, type Cluster } from './read-record.js';
import { FieldView, ProvenanceView, RecordQuery, RecordView } from './record.view.js';
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
