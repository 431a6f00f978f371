import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { allows, lookupApiKey, type ApiKeyHolder, type Permission } from '#hub/governance';
import type { Actor, Hub } from '#hub/sync';
import { HUB } from '../tokens.js';
import { Problem } from '../problems/problem.js';
import { ALLOW, PUBLIC } from './allow.decorator.js';
import { RateLimit } from './rate-limit.js';

interface Request { headers: Record<string, string | undefined>; id: string; actor?: Actor }

/** Deny by default: a key that is known, and a permission that its role and scopes hold. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  private readonly limit = new RateLimit(200, 400);

  constructor(
    @Inject(HUB) private readonly hub: Hub,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<string>(PUBLIC, places)) return true;
    const permission = this.reflector.getAllAndOverride<Permission>(ALLOW, places);
    const request = context.switchToHttp().getRequest<Request>();
    const holder = await this.holderOf(request);
    if (!this.limit.take(holder.keyId)) throw new Problem(429, 'RATE_LIMITED', 'this key calls too often; wait a second and go on');
    if (!permission || !allows(holder.role, holder.scopes, permission)) throw new Problem(403, 'FORBIDDEN', `this needs the permission ${permission ?? 'of a route that names none'}; ask an admin for a key whose role holds it`);
    request.actor = { tenantId: holder.tenantId, kind: 'api-key', id: holder.keyId, role: holder.role, scopes: holder.scopes, requestId: request.id };
    return true;
  }

  private async holderOf(request: Request): Promise<ApiKeyHolder> {
    const [scheme, key] = (request.headers.authorization ?? '').split(' ');
    const holder = scheme.toLowerCase() === 'bearer' && key ? await lookupApiKey(this.hub.database, key) : undefined;
    if (!holder) throw new Problem(401, 'UNAUTHENTICATED', 'send an API key as "Authorization: Bearer trib_…"; the key is unknown, expired or revoked');
    return holder;
  }
}
