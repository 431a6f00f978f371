import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { allows, createApiKey, PERMISSIONS, recordAudit, revokeApiKey } from '#hub/governance';
import type { TenantTx } from '#hub/persistence';
import type { Actor, Hub } from '#hub/sync';
import { keysetSql, pageOf, PageQuery, type Page, type Placed } from '../paging.js';
import { notFound, Problem } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { UuidPipe } from '../security/uuid.pipe.js';
import { HUB } from '../tokens.js';
import { ApiKeyPage, CreatedKeyView, CreateKeyDto, type ApiKeyView } from './api-key.dto.js';

@ApiTags('api-keys')
@Controller('api-keys')
export class ApiKeysController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get()
  @Allow('keys:read')
  @ApiOkResponse({ type: ApiKeyPage })
  list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<Page<ApiKeyView>> {
    return this.hub.database.inTenant(actor.tenantId, async (tx) => {
      const parameters: unknown[] = [];
      const { place, after, tail } = keysetSql(query, { time: 'created_at', id: 'id', parameters });
      const columns = `id, name, role, scopes, key_prefix AS "prefix", created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"`;
      return pageOf(
        await tx.query<ApiKeyView & Placed>(`SELECT ${columns}, ${place} FROM api_key WHERE ${after} ${tail}`, parameters),
        query,
      );
    });
  }

  /** The key itself is in this answer only. Nobody hands out more than they hold. */
  @Post()
  @Allow('keys:write')
  @ApiCreatedResponse({ type: CreatedKeyView })
  create(@CurrentActor() actor: Actor, @Body() body: CreateKeyDto): Promise<CreatedKeyView> {
    refuseBeyond(actor, body);
    const { name, role, scopes, expiresAt } = body;
    return this.hub.database.inTenant(actor.tenantId, async (tx) => {
      await refuseOutliving(tx, actor, expiresAt);
      const created = await createApiKey(tx, { name, role, scopes, expiresAt: expiresAt ? new Date(expiresAt) : undefined });
      await recordAudit(tx, { ...traceOf(actor, 'api-key.create', created.id), after: { name, role, scopes, expiresAt } });
      return created;
    });
  }

  /** Stops working at once, in every process. */
  @Delete(':id')
  @HttpCode(204)
  @Allow('keys:write')
  @ApiNoContentResponse()
  async revoke(@CurrentActor() actor: Actor, @Param('id', UuidPipe) id: string): Promise<void> {
    await this.hub.database.inTenant(actor.tenantId, async (tx) => {
      if (!(await revokeApiKey(tx, id))) throw notFound('API key');
      await recordAudit(tx, traceOf(actor, 'api-key.revoke', id));
    });
  }
}

function refuseBeyond(actor: Actor, { role, scopes = [], expiresAt }: CreateKeyDto): void {
  const beyond = PERMISSIONS.filter((permission) => allows(role, scopes, permission) && !allows(actor.role, actor.scopes, permission));
  if (beyond.length > 0)
    throw new Problem(403, 'FORBIDDEN', `this key would hold ${beyond.join(', ')}, which yours does not`, [
      { pointer: '/role', code: 'beyond', detail: 'narrow it by scopes, or ask an admin' },
    ]);
  const held = scopes.filter((scope) => !allows(role, [], scope));
  if (held.length > 0)
    throw new Problem(422, 'INVALID_REQUEST', `the role ${role} does not hold ${held.join(', ')}`, [
      { pointer: '/scopes', code: 'beyond', detail: 'scopes narrow a role and never widen it' },
    ]);
  if (expiresAt && Date.parse(expiresAt) <= Date.now())
    throw new Problem(422, 'INVALID_REQUEST', 'expiresAt must be in the future', [
      { pointer: '/expiresAt', code: 'future', detail: 'must be in the future' },
    ]);
}

/** A key that ends would otherwise make one that does not. */
async function refuseOutliving(tx: TenantTx, actor: Actor, expiresAt: string | undefined): Promise<void> {
  const [own] = await tx.query<{ expires_at: Date | null }>(`SELECT expires_at FROM api_key WHERE id = $1`, [actor.id]);
  const end = own?.expires_at;
  if (!end || (expiresAt && Date.parse(expiresAt) <= end.getTime())) return;
  throw new Problem(403, 'FORBIDDEN', `this key would outlive yours, which ends at ${end.toISOString()}`, [
    { pointer: '/expiresAt', code: 'beyond', detail: 'say an end that is not later' },
  ]);
}

function traceOf(actor: Actor, action: string, id: string) {
  return { actor: { kind: actor.kind, id: actor.id }, action, subject: { kind: 'api-key', id }, requestId: actor.requestId };
}
