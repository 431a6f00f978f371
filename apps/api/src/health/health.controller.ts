import { Controller, Get, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Hub } from '#hub/sync';
import { Problem } from '../problems/problem.js';
import { Public } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import { Readiness } from './readiness.js';

const PROBE = 'a probe has no key, and the answer says nothing';

@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(
    @Inject(HUB) private readonly hub: Hub,
    private readonly readiness: Readiness,
  ) {}

  /** The process turns; nothing else is asked. */
  @Get('live')
  @Public(PROBE)
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('startup')
  @Public(PROBE)
  startup(): { status: string } {
    return { status: 'ok' };
  }

  /** The database answers. Temporal may be away: requests and webhooks are rows first. */
  @Get('ready')
  @Public(PROBE)
  async ready(): Promise<{ status: string }> {
    if (this.readiness.draining || !(await this.databaseAnswers())) throw new Problem(503, 'NOT_READY', 'not ready');
    return { status: 'ok' };
  }

  private databaseAnswers(): Promise<boolean> {
    return this.hub.database.shared('SELECT 1').then(
      () => true,
      () => false,
    );
  }
}
