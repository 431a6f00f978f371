import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import type { TenantTx } from '#hub/persistence';
import type { Simulation, TrainingReport, VersionKind } from '#hub/sync';
import { At, Flag, Json, Many, Numeric, One, Text, Whole } from '../described.js';

export class RulesTextDto {
  @ApiProperty({ description: 'identity.yaml' }) @IsString() @Length(1, 65_536) text: string;
}
export class ApprovalDto {
  @ApiProperty({ description: 'why; it stays in the audit' }) @IsString() @Length(1, 1_000) reason: string;
}

export class SimulationSampleView {
  @Text({ enum: ['merge', 'split', 'alter'] }) kind: 'merge' | 'split' | 'alter';
  @Text({ list: true }) clusters: string[];
  @Text({ list: true }) records: string[];
  @Text({ list: true, description: 'fields whose golden value would change' }) fields: string[];
}
export class SimulationView implements Simulation {
  @Whole() records: number;
  @Whole() clustersBefore: number;
  @Whole() clustersAfter: number;
  @Whole({ description: 'clusters that would become part of another' }) merged: number;
  @Whole({ description: 'clusters that would come apart' }) split: number;
  @Whole({ description: 'pairs that a person would be asked about' }) review: number;
  @Whole({ description: 'pairs that would be left to their own system' }) proposed: number;
  @Whole({ description: 'golden values that would change' }) altered: number;
  @Json() alteredFields: Record<string, number>;
  @Many(SimulationSampleView) samples: SimulationSampleView[];
}
export class VersionView {
  @Whole() version: number;
  @Text({ enum: ['draft', 'simulated', 'active', 'retired'] }) state: string;
  @At() createdAt: Date;
  @Text() createdBy: string;
  @At({ nullable: true }) activatedAt: Date | null;
  @Text({ nullable: true }) activatedBy: string | null;
  @One(SimulationView, { nullable: true }) simulation: Simulation | null;
}
export class ReliabilityView {
  @Numeric() from: number;
  @Numeric() to: number;
  @Whole() pairs: number;
  @Numeric({ description: 'mean probability that the model gave' }) predicted: number;
  @Numeric({ description: 'share that people called the same' }) observed: number;
}
export class CalibrationView {
  @Numeric() score: number;
  @Numeric() probability: number;
}
export class ThresholdView {
  @Numeric({ description: 'bits from which a pair is merged without a person, behind every gate' }) auto: number;
  @Numeric({ description: 'bits from which a person is asked' }) review: number;
  @Flag({ description: 'true: people’s decisions prove it; false: the shipped one' }) proved: boolean;
  @Whole({ description: 'decided pairs that it stands on' }) pairs: number;
}
export class PairCountsView {
  @Whole() auto: number;
  @Whole() review: number;
}
export class DecidedCountsView {
  @Whole() pairs: number;
  @Whole() same: number;
}
class TrainingReportView implements TrainingReport {
  @Whole() records: number;
  @Json({ description: 'records that hold each field' }) filled: Record<string, number>;
  @Numeric({ description: 'probability that two records drawn at random are one person' }) prior: number;
  @One(PairCountsView) candidatePairs: PairCountsView;
  @Numeric({ description: 'of what would be merged without a person, by the model’s own probabilities' }) estimatedPrecision: number;
  @Numeric() estimatedRecall: number;
  @One(DecidedCountsView) decided: DecidedCountsView;
  @One(ThresholdView) threshold: ThresholdView;
  @Many(ReliabilityView) reliability: ReliabilityView[];
  @Many(CalibrationView) calibration: CalibrationView[];
}
export class ModelView extends VersionView {
  @One(TrainingReportView) report: TrainingReport;
}
export class RulesView extends VersionView {
  @Text() text: string;
}
export class ModelList {
  @Many(ModelView) items: ModelView[];
  @Text({ nullable: true }) nextCursor: null;
}
export class RulesList {
  @Many(RulesView) items: RulesView[];
  @Text({ nullable: true }) nextCursor: null;
}
export class TrainedView {
  @Whole() version: number;
  @One(TrainingReportView) report: TrainingReport;
}
export class DraftedRulesView {
  @Whole() version: number;
  @Json() rules: object;
}

const SOURCES: Record<VersionKind, string> = { model: 'report FROM identity_model', rules: 'text FROM identity_rules' };

/** Every version, newest first; there are as many as somebody trained or wrote. */
export function listVersionsOf<View extends VersionView>(tx: TenantTx, kind: VersionKind): Promise<View[]> {
  return tx.query<View>(
    `SELECT version, state, created_at AS "createdAt", created_by AS "createdBy", activated_at AS "activatedAt", activated_by AS "activatedBy", simulation, ${SOURCES[kind]} ORDER BY version DESC LIMIT 200`,
  );
}

export class IdentityFigures {
  @Whole({ description: 'live records of candidates' }) records: number;
  @Whole({ description: 'people that they are' }) people: number;
  @Numeric({ description: 'share of the records that are another record of somebody' }) duplicateRate: number;
  @Whole({ description: 'pairs that wait for a person' }) review: number;
  @Whole({ description: 'pairs that are left to their own system' }) proposed: number;
  @Json({ description: 'what people decided, by verdict' }) decided: Record<string, number>;
  @Json({ description: 'per connection: records, and those that the connection itself holds twice' })
  connections: Record<string, { records: number; duplicates: number }>;
  @Whole({ description: 'records that a new model or new rules have yet to reach; 0 when none is under way' }) rematching: number;
}

export async function readFigures(tx: TenantTx): Promise<IdentityFigures> {
  const rows = await tx.query<{ name: string; records: number; people: number }>(
    `SELECT n.name, count(*)::int AS records, count(DISTINCT m.cluster_id)::int AS people FROM source_record s JOIN cluster_member m ON m.record_id = s.id AND m.valid_to IS NULL
     JOIN connection n ON n.id = s.connection_id WHERE s.object = 'candidate' AND s.deleted_at IS NULL GROUP BY GROUPING SETS ((n.name), ()) ORDER BY n.name NULLS FIRST`,
  );
  const [all = { records: 0, people: 0 }, ...each] = rows;
  const [open] = await tx.query<{ review: number; proposed: number; rematching: number }>(
    `SELECT (SELECT count(*)::int FROM edge WHERE asked AND NOT proposed) AS review, (SELECT count(*)::int FROM edge WHERE asked AND proposed) AS proposed,
       coalesce((SELECT (SELECT count(*)::int FROM source_record s WHERE s.object = 'candidate' AND coalesce(s.id > r.after, true)) FROM rematch r WHERE r.done_at IS NULL LIMIT 1), 0) AS rematching`,
  );
  const decided = await tx.query<{ verdict: string; count: number }>(
    `SELECT verdict, count(*)::int AS count FROM (SELECT DISTINCT ON (record_a, record_b) verdict FROM decision WHERE actor = 'human' ORDER BY record_a, record_b, decided_at DESC) d GROUP BY verdict ORDER BY verdict`,
  );
  return {
    ...open,
    records: all.records,
    people: all.people,
    duplicateRate: all.records === 0 ? 0 : 1 - all.people / all.records,
    decided: Object.fromEntries(decided.map(({ verdict, count }) => [verdict, count])),
    connections: Object.fromEntries(each.map(({ name, records, people }) => [name, { records, duplicates: records - people }])),
  };
}
