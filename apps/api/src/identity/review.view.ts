import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import type { CanonicalValues } from '#hub/canonical';
import type { TenantTx } from '#hub/persistence';
import { At, Flag, Id, Json, Many, Numeric, One, Text } from '../described.js';
import { maskValues, type Sight } from '../records/mask.js';
import { RevealQuery } from '../records/reveal.js';
import { cursorOf, cursorParts, foreignCursor, pageOfViews, type Page } from '../paging.js';
import { PeopleOutcomeView } from './outcome.view.js';

export class ReviewsQuery extends RevealQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 200, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;
  @ApiPropertyOptional({ description: 'nextCursor of the page before' }) @IsOptional() @IsString() @Length(1, 500) cursor?: string;
  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'pairs of one system, which is left to merge them: they hold nothing up' })
  @IsOptional()
  @IsIn(['true', 'false'])
  proposed?: string;
  @ApiPropertyOptional({ description: 'only pairs with this comparison vector' })
  @IsOptional()
  @IsString()
  @Length(1, 2_000)
  vector?: string;
}
export class ReviewRecordView {
  @Id() recordId: string;
  @Text({ nullable: true }) ref: string | null;
  @Text() connection: string;
  @Text() externalId: string;
  @Json() values: Record<string, unknown>;
  @Text({ list: true, description: 'fields that are not written outward until the pair is decided' }) held: string[];
}
export class ReviewView {
  @Text({ description: 'both record ids, as in the address of the review' }) id: string;
  @One(ReviewRecordView) a: ReviewRecordView;
  @One(ReviewRecordView) b: ReviewRecordView;
  @Numeric({ description: 'log-odds, base 2, that both are one person' }) score: number;
  @Numeric() probability: number;
  @Text({ nullable: true, description: 'what keeps the pair from being merged without a person; null: its score' }) reason: string | null;
  @Text() vector: string;
  @Numeric({ description: 'how much hangs on it: 8 with an offer or later, 4 in interviews, 2 in an assessment, else 1' }) impact: number;
  @Numeric({ description: 'probability × impact; the queue is ordered by it' }) value: number;
  @Flag({ description: 'both are records of one system, or of the system of record' }) proposed: boolean;
}
export const ReviewPage = pageOfViews(ReviewView);

export class ContributionView {
  @Text() name: string;
  @Text({ optional: true }) level?: string;
  @Numeric({ description: 'bits; all of them add up to the score' }) weight: number;
  @Numeric({ optional: true, description: 'part of the weight that comes from how common the value is' }) termFrequency?: number;
}
export class SimilarDecisionView {
  @Text({ enum: ['same', 'different', 'unsure'] }) verdict: string;
  @Text() reason: string;
  @Text({ nullable: true }) decidedBy: string | null;
  @At() decidedAt: Date;
}
export class ReviewDetailView extends ReviewView {
  @Many(ContributionView) contributions: ContributionView[];
  @Many(SimilarDecisionView, { description: 'what people decided about pairs with the same comparison vector, newest first' })
  similar: SimilarDecisionView[];
  @One(PeopleOutcomeView, { description: 'what "same" would do', nullable: true }) merged: PeopleOutcomeView | null;
}

const IMPACT = `(SELECT coalesce(max(CASE WHEN child.values #>> '{stage,bucket}' IN ('OFFER', 'BACKGROUND_CHECK', 'HIRED') THEN 8 WHEN child.values #>> '{stage,bucket}' = 'INTERVIEW' THEN 4
    WHEN child.values #>> '{stage,bucket}' = 'ASSESSMENT' THEN 2 ELSE 1 END), 1) FROM cluster_member o JOIN record_parent p ON p.parent_id = o.record_id JOIN source_record child ON child.id = p.record_id AND child.deleted_at IS NULL
    AND child.object = 'application' WHERE o.cluster_id IN (ma.cluster_id, mb.cluster_id) AND o.valid_to IS NULL)`;
const PROBABILITY = `(1 - 1 / (1 + power(2::double precision, least(e.weight, 500))))`;
const REVIEWS = `SELECT e.record_a || ':' || e.record_b AS id, e.weight AS score, ${PROBABILITY} AS probability, e.reason, e.vector, e.weights, e.proposed, ${IMPACT} AS impact,
    round((${PROBABILITY} * ${IMPACT})::numeric, 9) AS value, e.held_a, e.held_b, e.record_a, e.record_b, a.external_id AS ext_a, b.external_id AS ext_b, a.values AS values_a, b.values AS values_b,
    na.name AS name_a, nb.name AS name_b, ca.ref AS ref_a, cb.ref AS ref_b
  FROM edge e JOIN source_record a ON a.id = e.record_a JOIN source_record b ON b.id = e.record_b JOIN connection na ON na.id = a.connection_id JOIN connection nb ON nb.id = b.connection_id
  JOIN cluster_member ma ON ma.record_id = a.id AND ma.valid_to IS NULL JOIN cluster_member mb ON mb.record_id = b.id AND mb.valid_to IS NULL
  JOIN cluster ca ON ca.id = ma.cluster_id JOIN cluster cb ON cb.id = mb.cluster_id`;

interface Row {
  id: string;
  score: number;
  probability: number;
  reason: string | null;
  vector: string;
  weights: ContributionView[];
  proposed: boolean;
  impact: number;
  value: string;
  held_a: string[];
  held_b: string[];
  record_a: string;
  record_b: string;
  ext_a: string;
  ext_b: string;
  values_a: CanonicalValues;
  values_b: CanonicalValues;
  name_a: string;
  name_b: string;
  ref_a: string | null;
  ref_b: string | null;
}

/** Open pairs, the most valuable first: what is likely and has much hanging on it. */
export async function listReviews(tx: TenantTx, query: ReviewsQuery, sight: Sight): Promise<Page<ReviewView>> {
  const limit = query.limit ?? 50;
  const after = placeOf(query.cursor);
  const rows = await tx.query<Row>(
    `SELECT * FROM (${REVIEWS} WHERE e.asked AND ($1::boolean IS NULL OR e.proposed = $1) AND ($2::text IS NULL OR e.vector = $2)) r
     WHERE $3::numeric IS NULL OR (-value, id) > (-$3::numeric, $4) ORDER BY -value, id LIMIT $5`,
    [
      query.proposed === undefined ? null : query.proposed === 'true',
      query.vector ?? null,
      after?.value ?? null,
      after?.id ?? null,
      limit + 1,
    ],
  );
  const shown = rows.slice(0, limit);
  const last = shown[shown.length - 1];
  const nextCursor = rows.length > limit ? cursorOf(last.value, last.id) : null;
  return { items: shown.map((row) => reviewView(row, sight)), nextCursor };
}

function placeOf(cursor?: string): { value: string; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const [value, id] = cursorParts(cursor);
  if (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) && typeof id === 'string') return { value, id };
  throw foreignCursor();
}

export async function readReview(tx: TenantTx, pair: { a: string; b: string }, sight: Sight): Promise<ReviewDetailView | undefined> {
  const [a, b] = [pair.a, pair.b].sort();
  const [row] = await tx.query<Row>(`${REVIEWS} WHERE e.record_a = $1 AND e.record_b = $2`, [a, b]);
  if (!row) return undefined;
  const similar = await tx.query<SimilarDecisionView>(
    `SELECT verdict, reason, actor_id AS "decidedBy", decided_at AS "decidedAt" FROM decision d WHERE d.evidence ->> 'vector' = $1 AND d.verdict <> 'withdrawn' AND actor = 'human' ORDER BY decided_at DESC LIMIT 20`,
    [row.vector],
  );
  return { ...reviewView(row, sight), contributions: row.weights, similar, merged: null };
}

function reviewView(row: Row, sight: Sight): ReviewView {
  const { id, score, probability, reason, vector, impact, proposed } = row;
  return {
    id,
    a: {
      recordId: row.record_a,
      ref: row.ref_a,
      connection: row.name_a,
      externalId: row.ext_a,
      values: maskValues(sight, 'candidate', row.values_a),
      held: row.held_a,
    },
    b: {
      recordId: row.record_b,
      ref: row.ref_b,
      connection: row.name_b,
      externalId: row.ext_b,
      values: maskValues(sight, 'candidate', row.values_b),
      held: row.held_b,
    },
    score,
    probability,
    reason,
    vector,
    impact,
    value: Number(row.value),
    proposed,
  };
}
