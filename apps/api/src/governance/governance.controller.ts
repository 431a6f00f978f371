import { Body, Controller, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsArray, IsIn, IsISO8601, IsOptional, IsString, Length } from 'class-validator';
import { allows, createApiKey, PERMISSIONS, recordAudit, revokeApiKey, ROLE_PERMISSIONS, ROLES, type Role } from '#hub/governance';
import type { Actor, Hub } from '#hub/sync';
import { filterSql, keysetSql, PageQuery, pageOf, type Page } from '../paging.js';
import { notFound, Problem } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';

export class AuditQuery extends PageQuery {
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 200) subject?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 200) action?: string;
}
export class CreateKeyDto {
  @ApiProperty() @IsString() @Length(1, 200) name: string;
  @ApiProperty({ enum: ROLES }) @IsIn(ROLES) role: Role;
  @ApiPropertyOptional({ isArray: true, enum: PERMISSIONS, description: 'narrows the role' }) @IsOptional() @IsArray() @IsIn(PERMISSIONS, { each: true }) scopes?: string[];
  @ApiPropertyOptional({ format: 'date-time' }) @IsOptional() @IsISO8601() expiresAt?: string;
}

@ApiTags('governance')
@ApiBearerAuth()
@Controller()
export class GovernanceController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get('audit')
  @Allow('audit:read')
  async audit(@CurrentActor() actor: Actor, @Query() query: AuditQuery): Promise<Page<{ id: string; at: Date }>> {
    const parameters: unknown[] = [];
    const where = filterSql({ subject_id: query.subject, action: query.action }, parameters);
    const { after, tail } = keysetSql(query, { time: 'at', id: 'id', parameters });
    const rows = await this.hub.database.inTenant(actor.tenantId, (tx) =>
      tx.query<{ id: string; at: Date }>(
        `SELECT id, at, actor_kind AS "actorKind", actor_id AS "actorId", action, subject_kind AS "subjectKind", subject_id AS "subjectId", before, after, request_id AS "requestId" FROM audit WHERE ${where} AND ${after} ${tail}`, parameters,
      ),
    );
    return pageOf(rows, { limit: query.limit, at: (row) => row.at });
  }

  @Get('api-keys')
  @Allow('keys:write')
  async keys(@CurrentActor() actor: Actor): Promise<{ items: unknown[] }> {
    const items = await this.hub.database.inTenant(actor.tenantId, (tx) =>
      tx.query(`SELECT id, name, role, scopes, key_prefix AS "prefix", created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt", revoked_at AS "revokedAt" FROM api_key ORDER BY created_at, id`),
    );
    return { items };
  }

  /** The key itself is in this answer only. Nobody hands out more than they hold. */
  @Post('api-keys')
  @Allow('keys:write')
  createKey(@CurrentActor() actor: Actor, @Body() body: CreateKeyDto): Promise<{ id: string; key: string }> {
    const beyond = ROLE_PERMISSIONS[body.role].filter((permission) => !allows(actor.role as Role, actor.scopes, permission));
    if (beyond.length > 0) throw new Problem(403, 'FORBIDDEN', `this key would hold ${beyond.join(', ')}, which yours does not`);
    return this.hub.database.inTenant(actor.tenantId, async (tx) => {
      const created = await createApiKey(tx, { name: body.name, role: body.role, scopes: (body.scopes ?? []) as never, expiresAt: body.expiresAt ? new Date(body.expiresAt) : undefined });
      await recordAudit(tx, { actor: { kind: 'api-key', id: actor.id }, action: 'api-key.create', subject: { kind: 'api-key', id: created.id }, after: { name: body.name, role: body.role, scopes: body.scopes }, requestId: actor.requestId });
      return created;
    });
  }

  @Delete('api-keys/:id')
  @HttpCode(204)
  @Allow('keys:write')
  async revoke(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.hub.database.inTenant(actor.tenantId, async (tx) => {
      if (!(await revokeApiKey(tx, id))) throw notFound('API key');
      await recordAudit(tx, { actor: { kind: 'api-key', id: actor.id }, action: 'api-key.revoke', subject: { kind: 'api-key', id }, requestId: actor.requestId });
    });
  }
}
