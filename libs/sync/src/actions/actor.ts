import { recordAudit } from '#hub/governance';
import type { TenantTx } from '#hub/persistence';

/** A person or program that acts through an API key. */
export interface Actor {
  tenantId: string;
  kind: 'api-key';
  id: string;
  role: string;
  scopes: string[];
  requestId: string;
}

/** The action cannot be done as asked; the sentence says what else can be. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors: { pointer: string; code: string; detail: string }[] = [],
    readonly more: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** One field of the request breaks a rule. */
export function refusedField(pointer: string, code: string, detail: string): Refusal {
  return new Refusal(422, 'INVALID_REQUEST', detail, [{ pointer, code, detail }]);
}

export interface Trace {
  action: string;
  subject: { kind: string; id: string };
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
}

/** Writes who did what, in the transaction of the doing. */
export async function audit(tx: TenantTx, actor: Actor, trace: Trace): Promise<void> {
  await recordAudit(tx, { actor: { kind: actor.kind, id: actor.id }, requestId: actor.requestId, ...trace });
}
