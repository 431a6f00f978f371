import type { TenantTx } from '#hub/persistence';
import { At, Id, Many, Text } from '../described.js';

export class MembershipView {
  @Id() recordId: string;
  @Text() connection: string;
  @Text() externalId: string;
  @At() from: Date;
  @At({ nullable: true, description: 'null while it is a member' }) to: Date | null;
}
export class IdentityEventView {
  @Id() id: string;
  @Text({ enum: ['create', 'attach', 'merge', 'split', 'erase'] }) kind: string;
  @Text() cause: string;
  @Id({ nullable: true, description: 'operation or batch' }) causeId: string | null;
  @Id({ nullable: true, description: 'operation that it takes back' }) undoOf: string | null;
  @Text({ nullable: true }) by: string | null;
  @Text({ nullable: true }) reason: string | null;
  @At() at: Date;
}
export class RedirectView {
  @Id() id: string;
  @Text({ nullable: true }) ref: string | null;
}
export class ClusterView {
  @Id() id: string;
  @Id({ description: 'where the id leads now: itself, or the record that it was merged into' }) currentId: string;
  @Text({ nullable: true }) ref: string | null;
  @Text() object: string;
  @At({ nullable: true, description: 'the person was erased: the id leads to nothing any more' }) erasedAt: Date | null;
  @Many(MembershipView) members: MembershipView[];
  @Many(RedirectView, { description: 'ids that lead here' }) redirects: RedirectView[];
  @Many(IdentityEventView) events: IdentityEventView[];
}

/** A cluster by any id that it ever had, with its past. */
export async function readCluster(tx: TenantTx, id: string): Promise<ClusterView | undefined> {
  const [cluster] = await tx.query<Pick<ClusterView, 'currentId' | 'ref' | 'object' | 'erasedAt'>>(
    `SELECT c.id AS "currentId", c.ref, c.object, c.erased_at AS "erasedAt" FROM cluster n LEFT JOIN cluster_redirect r ON r.old_id = n.id JOIN cluster c ON c.id = coalesce(r.new_id, n.id) WHERE n.id = $1`,
    [id],
  );
  if (!cluster) return undefined;
  const { currentId } = cluster;
  const members = await tx.query<MembershipView>(
    `SELECT m.record_id AS "recordId", n.name AS connection, s.external_id AS "externalId", m.valid_from AS from, m.valid_to AS to FROM cluster_member m JOIN source_record s ON s.id = m.record_id
     JOIN connection n ON n.id = s.connection_id WHERE m.cluster_id = $1 ORDER BY m.valid_from, m.record_id`,
    [currentId],
  );
  const redirects = await tx.query<RedirectView>(
    `SELECT r.old_id AS id, c.ref FROM cluster_redirect r JOIN cluster c ON c.id = r.old_id WHERE r.new_id = $1 ORDER BY r.created_at, r.old_id`,
    [currentId],
  );
  const events = await tx.query<IdentityEventView>(
    `SELECT id, kind, cause, cause_id AS "causeId", undo_of AS "undoOf", actor_id AS by, reason, at FROM identity_event WHERE $1 = ANY (outputs) OR $1 = ANY (inputs) ORDER BY at DESC, id LIMIT 200`,
    [currentId],
  );
  return { id, ...cluster, members, redirects, events };
}
