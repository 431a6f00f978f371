import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { postJson } from '#hub/connector-sdk';
import {
  DEFAULT_RETENTION,
  deliverAlerts,
  evaluateAlerts,
  everySink,
  smtpSink,
  sweepTenantRetention,
  webhookSink,
  type AlertSink,
} from '#hub/governance';
import type { Config } from '#hub/persistence';
import {
  advanceRematch,
  endPins,
  keepErasureLog,
  matchSchedules,
  matchSubscriptions,
  reopenDue,
  sweepRuns,
  watchStreams,
  type Hub,
} from '#hub/sync';

export const HOUSEKEEPING = Symbol('housekeeping');
export interface HousekeepingInput {
  hub: Hub;
  config: Config;
  client: Client;
  log: Logger;
}

/** Work by the clock that belongs to no record. Every replica has the timers; an advisory lock lets one of them do each job. */
@Injectable()
export class Housekeeping implements OnApplicationShutdown {
  private readonly ended = new AbortController();

  constructor(@Inject(HOUSEKEEPING) private readonly input: HousekeepingInput) {}

  @Interval(2_000)
  dispatch(): Promise<void> {
    return this.alone('sweep-runs', () => sweepRuns(this.input.hub));
  }

  @Interval(5_000)
  schedules(): Promise<void> {
    return this.alone(
      'match-schedules',
      async () =>
        void (await matchSchedules(this.input.hub, { client: this.input.client, taskQueue: this.input.config.temporal.taskQueue })),
    );
  }

  @Interval(30_000)
  subscriptions(): Promise<void> {
    return this.alone('match-subscriptions', () =>
      this.eachTenant(async (tenantId) => void (await matchSubscriptions(this.input.hub, tenantId))),
    );
  }

  /** One replica listens to all lines, for as long as it lives; another takes over when its session with the database ends. */
  @Interval(10_000)
  watch(): Promise<void> {
    const { hub, log } = this.input;
    const onFailure = (failure: { streamId: string; code: string }) => log.warn(failure, 'a line to a vendor broke');
    return this.alone('watch-streams', () => watchStreams(hub, { signal: this.ended.signal, onFailure }));
  }

  onApplicationShutdown(): void {
    this.ended.abort();
  }

  @Interval(30_000)
  pins(): Promise<void> {
    return this.alone('end-pins', () => this.eachTenant((tenantId) => endPins(this.input.hub, tenantId)));
  }

  /** A new model or new rules reach every record; syncs go on between two chunks. */
  @Interval(5_000)
  rematch(): Promise<void> {
    return this.alone('rematch', () =>
      this.eachTenant(async (tenantId) => void (await advanceRematch(this.input.hub, tenantId, { forMs: 20_000 }))),
    );
  }

  @Interval(30_000)
  erasureLog(): Promise<void> {
    const { hub, config } = this.input;
    const file = config.erasureLog;
    return file === undefined ? Promise.resolve() : this.alone('erasure-log', async () => void (await keepErasureLog(hub, file)));
  }

  @Interval(30_000)
  reopen(): Promise<void> {
    const { hub } = this.input;
    return this.alone('reopen-due', () =>
      this.eachTenant(async (tenantId) => void (await hub.database.inTenant(tenantId, (tx) => reopenDue(tx, hub.now())))),
    );
  }

  @Interval(30_000)
  alerts(): Promise<void> {
    return this.alone('alerts', () =>
      this.eachTenant(async (tenantId) => {
        const { hub, config } = this.input;
        await hub.database.inTenant(tenantId, (tx) => evaluateAlerts(tx, { itemAgeHours: config.alertItemAgeHours }));
        const sinks = this.sinks();
        if (sinks.length > 0) await hub.database.inTenant(tenantId, (tx) => deliverAlerts(tx, everySink(sinks), hub.now()));
      }),
    );
  }

  @Interval(3_600_000)
  retention(): Promise<void> {
    return this.alone('retention', () =>
      this.eachTenant(async (tenantId) => {
        const { hub, config } = this.input;
        const { raw, inbox, run } = config.retentionDays;
        const policy = { ...DEFAULT_RETENTION, rawDays: raw, inboxDays: inbox, runDays: run };
        await sweepTenantRetention(hub.database, tenantId, { policy, now: hub.now() });
      }),
    );
  }

  private sinks(): AlertSink[] {
    const { alerts, egressAllow, privateCa } = this.input.config;
    const { webhookUrl, smtpUrl, emailTo, emailFrom } = alerts;
    const sinks = webhookUrl ? [webhookSink((url, body) => postJson(url, body, { egress: egressAllow, ca: privateCa }), webhookUrl)] : [];
    return smtpUrl && emailTo.length > 0 ? [...sinks, smtpSink({ url: smtpUrl, to: emailTo, from: emailFrom })] : sinks;
  }

  private async eachTenant(work: (tenantId: string) => Promise<void>): Promise<void> {
    for (const { tenant_id } of await this.input.hub.database.door<{ tenant_id: string }>('door_tenants()')) await work(tenant_id);
  }

  /** A failed round is logged and comes again; nothing depends on any single one. */
  private async alone(job: string, work: () => Promise<void>): Promise<void> {
    try {
      await this.input.hub.database.alone(job, work);
    } catch (error) {
      this.input.log.warn({ job, fault: error instanceof Error ? error.name : 'unknown' }, 'housekeeping round failed');
    }
  }
}
