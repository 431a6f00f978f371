import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import type { Hub } from '#hub/sync';
import { CONTROLLERS } from './controllers.js';
import { Readiness } from './health/readiness.js';
import { PageLinksInterceptor } from './page-links.interceptor.js';
import { ApiKeyGuard } from './security/api-key.guard.js';
import { HUB } from './tokens.js';

@Module({})
export class ApiModule {
  static with(hub: Hub): DynamicModule {
    const providers = [
      { provide: HUB, useValue: hub },
      { provide: APP_GUARD, useClass: ApiKeyGuard },
      { provide: APP_INTERCEPTOR, useClass: PageLinksInterceptor },
      Readiness,
    ];
    return { module: ApiModule, controllers: CONTROLLERS, providers };
  }
}
