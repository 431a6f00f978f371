import type { Type } from '@nestjs/common';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { ConflictsController } from './conflicts/conflicts.controller.js';
import { ConnectionsController } from './connections/connections.controller.js';
import { SignInController } from './connections/sign-in.controller.js';
import { StreamsController } from './connections/streams.controller.js';
import { ConnectorsController } from './connectors/connectors.controller.js';
import { DocsController } from './docs/docs.controller.js';
import { ErasuresController } from './erasures/erasures.controller.js';
import { ErrorGroupsController } from './errors/error-groups.controller.js';
import { ErrorsController } from './errors/errors.controller.js';
import { FilesController } from './files/files.controller.js';
import { HealthController } from './health/health.controller.js';
import { IdentityVersionsController } from './identity/identity-versions.controller.js';
import { IdentityController } from './identity/identity.controller.js';
import { VendorMergesController } from './identity/vendor-merges.controller.js';
import { MappingsController } from './mappings/mappings.controller.js';
import { MappingInsightController } from './mappings/mapping-insight.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { OutboxController } from './outbox/outbox.controller.js';
import { ReconciliationController } from './reconciliation/reconciliation.controller.js';
import { RecordsController } from './records/records.controller.js';
import { RunsController } from './runs/runs.controller.js';

export const CONTROLLERS: Type[] = [
  ApiKeysController,
  AuditController,
  ConflictsController,
  ConnectionsController,
  StreamsController,
  ConnectorsController,
  DocsController,
  ErasuresController,
  ErrorGroupsController,
  ErrorsController,
  FilesController,
  HealthController,
  IdentityController,
  IdentityVersionsController,
  MappingInsightController,
  MappingsController,
  MetricsController,
  OutboxController,
  ReconciliationController,
  RecordsController,
  RunsController,
  SignInController,
  VendorMergesController,
];

/** Routes outside of Nest's controllers, each with the reason why it needs no key. A test holds the list against what the server has. */
export const RAW_ROUTES: Record<string, string> = {
  'POST /api/v1/hooks/:endpoint': 'the sender proves itself by its signature over these very bytes',
  'GET /api/v1/hooks/:endpoint':
    'a sender asks whether the address is ours; the answer is its own question, or proves that we know the secret',
  ...partnerRoutes(),
  'GET /docs': 'the description of the API holds no data',
  'GET /docs/': 'the description of the API holds no data',
  'GET /docs/*': 'the description of the API holds no data',
  'GET /docs-json': 'the description of the API holds no data',
};

function partnerRoutes(): Record<string, string> {
  const why = 'the partner proves itself by what the connector says: a signature over these very bytes, or a key';
  return Object.fromEntries(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [`${method} /api/v1/partners/:endpoint/*`, why]));
}
