import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Hub } from '#hub/sync';
import { CatalogueController } from './catalogue/catalogue.controller.js';
import { ConflictsController } from './conflicts/conflicts.controller.js';
import { ConnectionsController } from './connections/connections.controller.js';
import { ErrorsController } from './errors/errors.controller.js';
import { GovernanceController } from './governance/governance.controller.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { RecordsController } from './records/records.controller.js';
import { RunsController } from './runs/runs.controller.js';
import { ApiKeyGuard } from './security/api-key.guard.js';
import { HUB } from './tokens.js';

export const CONTROLLERS = [CatalogueController, ConflictsController, ConnectionsController, ErrorsController, GovernanceController, HealthController, RecordsController, RunsController];

@Module({})
export class ApiModule {
  static with(hub: Hub): DynamicModule {
    return { module: ApiModule, controllers: CONTROLLERS, providers: [{ provide: HUB, useValue: hub }, { provide: APP_GUARD, useClass: ApiKeyGuard }, Readiness] };
  }
}
