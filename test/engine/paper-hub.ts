import { randomBytes, randomUUID } from 'node:crypto';
import type { Connector } from '#hub/connector-sdk';
import { createSecrets } from '#hub/governance';
import type { CompiledMapping } from '#hub/mapping';
import { Database, type TenantTx } from '#hub/persistence';
import {
  advance,
  advancePush,
  advanceReconcile,
  advanceRetries,
  createHub,
  proveItems,
  requestRun,
  type Hub,
  type RunKind,
  type Slice,
  type SliceLife,
} from '#hub/sync';

const LIFE: SliceLife = { shouldStop: () => false, attempt: 1 };

export interface PaperStream {
  connectionId: string;
  streamId: string;
}

/** A real hub on a real database, driven slice by slice without Temporal: activities are plain functions. */
export class PaperHub {
  private constructor(
    readonly hub: Hub,
    readonly tenantId: string,
  ) {}

  static async open(input: { connectors: Connector[]; mappings: CompiledMapping[]; egress?: string[] }): Promise<PaperHub> {
    const database = await Database.open(process.env.DATABASE_URL as string, { poolSize: 8 });
    const hub = createHub({
      database,
      connectors: input.connectors,
      mappings: input.mappings,
      secrets: createSecrets(randomBytes(32)),
      installation: { egress: input.egress ?? [] },
    });
    const tenantId = randomUUID();
    await database.inTenant(tenantId, (tx) => tx.query(`INSERT INTO tenant (id, name) VALUES ($1, 'test')`, [tenantId]));
    return new PaperHub(hub, tenantId);
  }

  close(): Promise<void> {
    return this.hub.database.close();
  }

  /** Connects every stream of a connector. */
  async connect(
    connectorId: string,
    options: {
      name?: string;
      systemOfRecord?: boolean;
      settings?: object;
      credentials?: Record<string, string>;
      /** Fixed where two hubs must break ties alike. */
      streamId?: string;
    } = {},
  ): Promise<Record<string, PaperStream>> {
    const connector = this.hub.connectors.get(connectorId) as Connector;
    const connectionId = randomUUID();
    const streams: Record<string, PaperStream> = {};
    await this.tx(async (tx) => {
      await tx.query(
        `INSERT INTO connection (tenant_id, id, connector, name, category, account, system_of_record, settings) VALUES ($1, $2, $3, $7, $4, $7, $5, $6)`,
        [
          tx.tenantId,
          connectionId,
          connectorId,
          connector.category,
          options.systemOfRecord ?? false,
          options.settings ?? {},
          options.name ?? connectorId,
        ],
      );
      for (const [field, value] of Object.entries(options.credentials ?? {})) await this.hub.secrets.write(tx, connectionId, field, value);
      for (const [name, definition] of Object.entries(connector.streams)) {
        const streamId = options.streamId ?? randomUUID();
        streams[name] = { connectionId, streamId };
        await tx.query(`INSERT INTO stream (tenant_id, id, connection_id, name, object, mapping) VALUES ($1, $2, $3, $4, $5, $6)`, [
          tx.tenantId,
          streamId,
          connectionId,
          name,
          definition.entity,
          `${connectorId}.${name}`,
        ]);
      }
    });
    return streams;
  }

  tx<Result>(work: (tx: TenantTx) => Promise<Result>): Promise<Result> {
    return this.hub.database.inTenant(this.tenantId, work);
  }

  rows<Row = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.tx((tx) => tx.query<Row>(sql, parameters));
  }

  sync(stream: PaperStream, life: Partial<SliceLife> = {}): Promise<RunResult> {
    return this.run('sync', stream, (key) => advance(this.hub, key, { ...LIFE, ...life }));
  }
  hints(stream: PaperStream): Promise<RunResult> {
    return this.run('hints', stream, (key) => advance(this.hub, key, LIFE));
  }
  push(stream: PaperStream): Promise<RunResult> {
    return this.run('push', { connectionId: stream.connectionId }, (key) => advancePush(this.hub, key, LIFE));
  }
  reconcile(stream: PaperStream): Promise<RunResult> {
    return this.run('reconcile', stream, (key) => advanceReconcile(this.hub, key, LIFE));
  }
  async retries(stream: PaperStream): Promise<RunResult> {
    let retried = false;
    return this.run('retries', { connectionId: stream.connectionId }, async (key) => {
      const slice = retried ? await proveItems(this.hub, key) : await advanceRetries(this.hub, key, LIFE);
      if (slice.state !== 'done' || retried) return slice;
      retried = true;
      return { ...slice, state: 'more' };
    });
  }

  /** Pushes, and re-reads beside it, until nothing is due any more. */
  async settle(...targets: PaperStream[]): Promise<void> {
    for (let round = 0; round < 5; round += 1) for (const target of targets) await this.pushAndRead(target);
  }

  private async pushAndRead(target: PaperStream): Promise<void> {
    let pushing = true;
    const pushed = this.push(target).finally(() => (pushing = false));
    while (pushing) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      await this.hints(target);
    }
    await pushed;
    await this.hints(target);
  }

  private async run(
    kind: RunKind,
    subject: { connectionId: string; streamId?: string },
    slice: (key: { tenantId: string; runId: string }) => Promise<Slice>,
  ): Promise<RunResult> {
    const answer = await this.tx((tx) => requestRun(tx, { kind, ...subject, cause: 'person' }));
    if (answer.answer === 'rejected') throw new Error(`rejected: ${answer.reason}`);
    for (let slices = 0; slices < 40; slices += 1) {
      const done = await slice({ tenantId: this.tenantId, runId: answer.runId });
      if (done.state === 'wait') await new Promise((resolve) => setTimeout(resolve, Math.min(done.waitMs, 2_100)));
      if (done.state === 'done') break;
    }
    const [row] = await this.rows<RunResult>(
      `SELECT id, state, totals, failure_code AS "failureCode", failure_detail AS "failureDetail" FROM run WHERE id = $1`,
      [answer.runId],
    );
    return row;
  }
}

export interface RunResult {
  id: string;
  state: string;
  totals: Record<string, number>;
  failureCode: string | null;
  failureDetail: string | null;
}
