import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsArray, IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, Length, Max, Min } from 'class-validator';

const EFFECTS = ['silent', 'notifies-a-person', 'legally-binding', 'moves-money'] as const;

export class CreateConnectionDto {
  @ApiProperty({ example: 'ashby' }) @IsString() @Length(1, 100) connector: string;
  @ApiProperty({ example: 'Ashby' }) @IsString() @Length(1, 200) name: string;
  @ApiProperty({ type: Object, description: 'as the catalogue says for this connector' }) @IsObject() settings: Record<string, unknown>;
  @ApiProperty({ type: Object, description: 'write-only: never returned' }) @IsObject() credentials: Record<string, string>;
  @ApiPropertyOptional() @IsOptional() @IsBoolean() systemOfRecord?: boolean;
  @ApiPropertyOptional({ description: 'lower is believed first among equals' }) @IsOptional() @IsInt() @Min(0) @Max(10_000) priority?: number;
  @ApiPropertyOptional({ isArray: true, enum: EFFECTS }) @IsOptional() @IsArray() @IsIn(EFFECTS, { each: true }) allowedEffects?: string[];
  @ApiPropertyOptional({ type: Object, description: 'stream name → {intervalSeconds, historyDays, paused}' }) @IsOptional() @IsObject() streams?: Record<string, { intervalSeconds?: number; historyDays?: number; paused?: boolean }>;
}
export class ChangeConnectionDto {
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 200) name?: string;
  @ApiPropertyOptional({ type: Object }) @IsOptional() @IsObject() settings?: Record<string, unknown>;
  @ApiPropertyOptional({ type: Object, description: 'write-only' }) @IsOptional() @IsObject() credentials?: Record<string, string>;
  @ApiPropertyOptional({ type: Object }) @IsOptional() @IsObject() streams?: Record<string, { intervalSeconds?: number; historyDays?: number; paused?: boolean }>;
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
  @ApiProperty({ description: 'write-only' }) @IsString() @Length(1, 1_000) secret: string;
}
export class DeleteConnectionQuery {
  @ApiPropertyOptional({ enum: ['keep', 'detach'] }) @IsOptional() @IsIn(['keep', 'detach']) records?: 'keep' | 'detach';
}
