import type { Connector, ConnectorSession } from '#hub/connector-sdk';
import type { Secrets } from '#hub/governance';
import type { CompiledMapping } from '#hub/mapping';
import type { Database, TenantTx } from '#hub/persistence';
import type { Installation } from './open-connection.js';
import { openConnection } from './open-connection.js';
import type { WorkflowStarter } from './runs/dispatch-run.js';

/** Everything that activities and services need, built once per process; Nest only hands it around. */
export interface Hub {
  database: Database;
  connectors: ReadonlyMap<string, Connector>;
  mappings: MappingRegistry;
  secrets: Secrets;
  /** Starts and cancels workflows; absent in processes that only write rows (the sweeper of a worker picks those up). */
  workflows?: WorkflowStarter;
  installation: Installation;
  now: () => Date;
  /** Opens one configured account; close it after use. */
  open: (tx: TenantTx, connectionId: string) => Promise<ConnectorSession>;
}

/** The mappings of this installation, by file name of the form `connector.stream`. */
export interface MappingRegistry {
  all: readonly CompiledMapping[];
  /** The mapping that reads a connector's stream. @throws Error when there is none. */
  forStream: (connector: string, stream: string) => CompiledMapping;
  byName: (name: string) => CompiledMapping;
}

export interface HubOptions {
  database: Database;
  connectors: readonly Connector[];
  mappings: readonly CompiledMapping[];
  secrets: Secrets;
  installation: Installation;
  workflows?: WorkflowStarter;
  now?: () => Date;
}

/** Builds the hub: one plain function, no container. */
export function createHub(options: HubOptions): Hub {
  const connectors = new Map(options.connectors.map((connector) => [connector.id, connector]));
  const hub: Hub = {
    database: options.database,
    connectors,
    mappings: registryOf(options.mappings),
    secrets: options.secrets,
    workflows: options.workflows,
    installation: options.installation,
    now: options.now ?? (() => new Date()),
    open: (tx, connectionId) => openConnection(hub, options.installation, { tx, connectionId }),
  };
  return hub;
}

function registryOf(all: readonly CompiledMapping[]): MappingRegistry {
  const find = (what: string, test: (mapping: CompiledMapping) => boolean): CompiledMapping => {
    const found = all.find(test);
    if (!found) throw new Error(`no mapping ${what}: add its file under mappings/`);
    return found;
  };
  return {
    all,
    forStream: (connector, stream) =>
      find(`for ${connector}.${stream}`, (mapping) => mapping.connector === connector && mapping.stream === stream),
    byName: (name) => find(`named ${name}`, (mapping) => mapping.name === name),
  };
}
