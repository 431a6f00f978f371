import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { allows, lookupApiKey, type ApiKeyHolder, type Permission } from '#hub/governance';
import type { Actor, Hub } from '#hub/sync';
import { Problem } from '../problems/problem.js';
import { HUB } from '../tokens.js';
import { ALLOW, PUBLIC } from './allow.decorator.js';
import { RateLimit } from './rate-limit.js';

interface Request {
  headers: Record<string, string | undefined>;
  id: string;
  actor?: Actor;
}

const PER_SECOND = 200;
const BURST = 400;

/** Deny by default: a key that is known, and a permission that its role and scopes hold. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  private readonly limit = new RateLimit(PER_SECOND, BURST);

  constructor(
    @Inject(HUB) private readonly hub: Hub,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.get<string>(PUBLIC, context.getHandler())) return true;
    const request = context.switchToHttp().getRequest<Request>();
    const holder = await this.holderOf(request);
    if (!this.limit.take(holder.keyId)) throw new Problem(429, 'RATE_LIMITED', 'this key calls too often; wait a second and go on');
    this.refuseUnlessAllowed(holder, this.reflector.get<Permission | undefined>(ALLOW, context.getHandler()));
    const { tenantId, keyId: id, role, scopes } = holder;
    request.actor = { tenantId, kind: 'api-key', id, role, scopes, requestId: request.id };
    return true;
  }

  private async holderOf({ headers }: Request): Promise<ApiKeyHolder> {
    const key = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    const holder = key ? await lookupApiKey(this.hub.database, key) : undefined;
    if (!holder)
      throw new Problem(
        401,
        'UNAUTHENTICATED',
        'send an API key as "Authorization: Bearer trib_…"; there was none, or it is unknown, expired or revoked',
      );
    return holder;
  }

  private refuseUnlessAllowed({ role, scopes }: ApiKeyHolder, permission: Permission | undefined): void {
    if (permission && allows(role, scopes, permission)) return;
    throw new Problem(
      403,
      'FORBIDDEN',
      `this needs the permission ${permission ?? 'of a route that names none'}; ask an admin for a key whose role holds it`,
    );
  }
}
