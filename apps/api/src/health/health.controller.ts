import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Gauge, Registry } from 'prom-client';
import type { Actor, Hub } from '#hub/sync';
import { Problem } from '../problems/problem.js';
import { Allow, CurrentActor, Public } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { Readiness } from './readiness.js';

@ApiExcludeController()
@Controller({ path: '' })
export class HealthController {
  constructor(
    @Inject(HUB) private readonly hub: Hub,
    private readonly readiness: Readiness,
  ) {}

  @Get('health/live')
  @Public('a probe has no key, and the answer says nothing')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('health/startup')
  @Public('a probe has no key, and the answer says nothing')
  startup(): { status: string } {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Public('a probe has no key, and the answer says nothing')
  async ready(): Promise<{ status: string }> {
    const answers = !this.readiness.draining && (await this.hub.database.door('door_tenants() LIMIT 0').then(() => true, () => false));
    if (!answers) throw new Problem(503, 'NOT_READY', 'not ready');
    return { status: 'ok' };
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4')
  @Allow('health:read')
  async metrics(@CurrentActor() actor: Actor): Promise<string> {
    const registry = new Registry();
    const rows = await this.hub.database.inTenant(actor.tenantId, (tx) => tx.query<{ metric: string; label: string; value: number }>(METRICS));
    for (const [name, help] of Object.entries(HELP)) {
      const gauge = new Gauge({ name: `tributary_${name}`, help, labelNames: ['of'], registers: [registry] });
      for (const row of rows) if (row.metric === name) gauge.set({ of: row.label }, Number(row.value));
    }
    return registry.metrics();
  }
}

const HELP: Record<string, string> = {
  runs: 'runs of the last day by state', items: 'live error items by code', outbox: 'outward changes by state', hints_waiting: 'records to fetch again', oldest_item_seconds: 'age of the oldest open item', inbox: 'webhook deliveries kept',
};
const METRICS = `
SELECT 'runs' AS metric, state AS label, count(*)::float8 AS value FROM run WHERE requested_at > now() - interval '1 day' GROUP BY state
UNION ALL SELECT 'items', code, count(*) FROM error_item WHERE state <> 'resolved' GROUP BY code
UNION ALL SELECT 'outbox', state, count(*) FROM outbox WHERE state <> 'superseded' GROUP BY state
UNION ALL SELECT 'hints_waiting', 'all', count(*) FROM hint WHERE done_at IS NULL
UNION ALL SELECT 'oldest_item_seconds', 'open', coalesce(extract(epoch FROM now() - min(opened_at)), 0) FROM error_item WHERE state = 'open'
UNION ALL SELECT 'inbox', 'all', count(*) FROM inbox`;
