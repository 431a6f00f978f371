import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsOptional, IsRFC3339, IsString, Length } from 'class-validator';
import { PERMISSIONS, ROLES, type Permission, type Role } from '#hub/governance';
import { At, Id, Text } from '../described.js';
import { pageOfViews } from '../paging.js';

export class CreateKeyDto {
  @ApiProperty() @IsString() @Length(1, 200) name: string;
  @ApiProperty({ enum: ROLES }) @IsIn(ROLES) role: Role;
  @ApiPropertyOptional({
    isArray: true,
    enum: PERMISSIONS,
    description: 'narrows the role; without it the key holds all that the role does',
  })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(PERMISSIONS, { each: true })
  scopes?: Permission[];
  @ApiPropertyOptional({ format: 'date-time' }) @IsOptional() @IsRFC3339() expiresAt?: string;
}
export class ApiKeyView {
  @Id() id: string;
  @Text() name: string;
  @Text({ enum: ROLES }) role: string;
  @Text({ list: true }) scopes: string[];
  @Text({ description: 'how the key begins, to tell keys apart' }) prefix: string;
  @At() createdAt: Date;
  @At({ nullable: true }) expiresAt: Date | null;
  @At({ nullable: true }) lastUsedAt: Date | null;
  @At({ nullable: true }) revokedAt: Date | null;
}
export const ApiKeyPage = pageOfViews(ApiKeyView);
export class CreatedKeyView {
  @Id() id: string;
  @Text({ description: 'the key itself: in this answer and never again' }) key: string;
}
