import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional, IsString, Length } from 'class-validator';
import type { CanonicalValues, ObjectName } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import { pinsOf, type Hub } from '#hub/sync';
import { Anything, At, Flag, Id, Json, Many, Text } from '../described.js';
import { Problem } from '../problems/problem.js';
import { MASK, maskValues, maySee, type Sight } from './mask.js';
import type { Cluster } from './read-record.js';
import { RevealQuery } from './reveal.js';

export class AsOfQuery extends RevealQuery {
  @ApiProperty({ format: 'date-time' }) @IsISO8601({ strict: true, strictSeparator: true }) at: string;
}
export class PinDto {
  @ApiPropertyOptional({ description: 'the canonical value; null, or nothing, clears the field', type: Object })
  @IsOptional()
  value?: unknown;
  @ApiProperty({ description: 'why; it stays with the pin' }) @IsString() @Length(1, 1_000) reason: string;
  @ApiPropertyOptional({ format: 'date-time' }) @IsOptional() @IsISO8601({ strict: true, strictSeparator: true }) expiresAt?: string;
}
export class PinView {
  @Text() field: string;
  @Anything('what the field is') value: unknown;
  @Anything('what it was when it was pinned') overruled: unknown;
  @Text() author: string;
  @Text() reason: string;
  @At() createdAt: Date;
  @At({ nullable: true }) expiresAt: Date | null;
  @Flag({ description: 'the sources say something else than what was overruled: look at it again' }) sourceChanged: boolean;
}
export class PinList {
  @Many(PinView) items: PinView[];
  @Text({ nullable: true }) nextCursor: null;
}
export class MemberAsOfView {
  @Id() recordId: string;
  @Text() connection: string;
  @Text() externalId: string;
}
export class RecordAsOfView {
  @Id() id: string;
  @Text({ nullable: true }) ref: string | null;
  @At() at: Date;
  @Json() values: Record<string, unknown>;
  @Flag({ description: 'it was gone at that time, or part of another record' }) gone: boolean;
  @Many(MemberAsOfView) members: MemberAsOfView[];
}

export async function readPins(tx: TenantTx, hub: Hub, { cluster, sight }: { cluster: Cluster; sight: Sight }): Promise<PinList> {
  const pins = await pinsOf(tx, hub, cluster.id);
  const shown = (field: string, value: unknown) => (value === null || maySee(sight, cluster.object, field) ? value : MASK);
  return {
    items: pins.map((pin) => ({ ...pin, value: shown(pin.field, pin.value), overruled: shown(pin.field, pin.overruled) })),
    nextCursor: null,
  };
}

interface Image {
  id: string;
  object: ObjectName;
  values: CanonicalValues | null;
  gone: boolean;
}

/** @throws Problem 404 for a time before the record, or before what is kept */
export async function readAsOf(tx: TenantTx, { ref, at, sight }: { ref: string; at: Date; sight: Sight }): Promise<RecordAsOfView> {
  const [image] = await tx.query<Image>(
    `SELECT c.id, c.object, CASE WHEN c.updated_at <= $2 THEN c.values ELSE i.values END AS values, CASE WHEN c.updated_at <= $2 THEN coalesce(c.deleted_at <= $2, false) ELSE i.deleted_at IS NOT NULL END AS gone
     FROM cluster c LEFT JOIN golden_image i ON i.tenant_id = c.tenant_id AND i.cluster_id = c.id AND i.valid_from <= $2 WHERE c.ref = $1 AND c.created_at <= $2 ORDER BY i.version DESC LIMIT 1`,
    [ref, at],
  );
  if (!image?.values)
    throw new Problem(
      404,
      'NOT_FOUND',
      `nothing is known of this record as of ${at.toISOString()}: it did not exist, or its past is no longer kept`,
    );
  const members = await tx.query<MemberAsOfView>(
    `SELECT s.id AS "recordId", n.name AS connection, s.external_id AS "externalId" FROM cluster_member m JOIN source_record s ON s.id = m.record_id JOIN connection n ON n.id = s.connection_id
     WHERE m.cluster_id = $1 AND m.valid_from <= $2 AND coalesce(m.valid_to > $2, true) ORDER BY s.created_at, s.id`,
    [image.id, at],
  );
  return {
    id: image.id,
    ref,
    at,
    values: maskValues(sight, image.object, image.values),
    gone: image.gone || members.length === 0,
    members,
  };
}
