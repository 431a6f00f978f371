import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import type { StreamChoice } from '#hub/sync';

const EFFECTS = ['silent', 'notifies-a-person', 'legally-binding', 'moves-money'] as const;
const STREAMS = { type: Object, description: 'stream name → {intervalSeconds, historyDays, paused}; 10–604800 seconds, 1–36500 days' };

export class CreateConnectionDto {
  @ApiProperty({ example: 'ashby' }) @IsString() @Length(1, 100) connector: string;
  @ApiProperty({ example: 'Ashby' }) @IsString() @Length(1, 200) name: string;
  @ApiProperty({ type: Object, description: 'as the catalogue says for this connector' }) @IsObject() settings: Record<string, unknown>;
  @ApiProperty({ type: Object, description: 'credential field → value; write-only, never returned' }) @IsObject() credentials: Record<
    string,
    string
  >;
  @ApiPropertyOptional({ description: 'one connection is the system of record' }) @IsOptional() @IsBoolean() systemOfRecord?: boolean;
  @ApiPropertyOptional({ description: 'lower is believed first among equals', default: 100 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_000)
  priority?: number;
  @ApiPropertyOptional({ isArray: true, enum: EFFECTS, default: ['silent'], description: 'what the hub may do there by itself' })
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @IsIn(EFFECTS, { each: true })
  allowedEffects?: string[];
  @ApiPropertyOptional(STREAMS) @IsOptional() @IsObject() streams?: Record<string, StreamChoice>;
}
export class ChangeConnectionDto {
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 200) name?: string;
  @ApiPropertyOptional({ type: Object, description: 'all settings: what is left out is unset' })
  @IsOptional()
  @IsObject()
  settings?: Record<string, unknown>;
  @ApiPropertyOptional({ type: Object, description: 'write-only; those given are replaced, and a pause for AUTH ends' })
  @IsOptional()
  @IsObject()
  credentials?: Record<string, string>;
  @ApiPropertyOptional() @IsOptional() @IsInt() @Min(0) @Max(10_000) priority?: number;
  @ApiPropertyOptional({ isArray: true, enum: EFFECTS })
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @IsIn(EFFECTS, { each: true })
  allowedEffects?: string[];
  @ApiPropertyOptional(STREAMS) @IsOptional() @IsObject() streams?: Record<string, StreamChoice>;
}
export class PauseDto {
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 500) reason?: string;
}
export class ReasonDto {
  @ApiProperty() @IsString() @Length(1, 1_000) reason: string;
}
export class SyncDto {
  @ApiPropertyOptional({ description: 'one stream; all of them without it' }) @IsOptional() @IsString() @Length(1, 100) stream?: string;
}
export class RefetchDto {
  @ApiProperty() @IsString() @Length(1, 1_000) externalId: string;
}
export class WebhookSecretDto {
  @ApiProperty({ description: 'write-only; one per line where the vendor has several' }) @IsString() @Length(1, 1_000) secret: string;
  @ApiPropertyOptional({ default: 24, description: 'hours that the former secret is still believed; 0 ends it at once' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(336)
  keepFormerHours?: number;
}
export class DeleteConnectionQuery {
  @ApiPropertyOptional({
    enum: ['keep', 'detach'],
    description: 'what becomes of its records; without it nothing is deleted and the counts are said',
  })
  @IsOptional()
  @IsIn(['keep', 'detach'])
  records?: 'keep' | 'detach';
}
