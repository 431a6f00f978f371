import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { allows, recordAudit } from '#hub/governance';
import type { TenantTx } from '#hub/persistence';
import type { Actor } from '#hub/sync';
import { Problem } from '../problems/problem.js';

export class RevealQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'show masked fields; needs records:reveal and is audited' })
  @IsOptional()
  @IsIn(['true', 'false'])
  reveal?: string;
}

/** True when masked fields were asked for and may be shown. @throws Problem 403 when they may not. */
export function mayReveal(actor: Actor, query: RevealQuery): boolean {
  if (query.reveal !== 'true') return false;
  if (allows(actor.role, actor.scopes, 'records:reveal')) return true;
  throw new Problem(403, 'FORBIDDEN', 'showing masked fields needs the permission records:reveal');
}

export async function auditReveal(tx: TenantTx, actor: Actor, subject: { kind: string; id: string }): Promise<void> {
  await recordAudit(tx, {
    actor: { kind: actor.kind, id: actor.id },
    action: `${subject.kind === 'conflict' ? 'conflict' : 'record'}.reveal`,
    subject,
    requestId: actor.requestId,
  });
}
