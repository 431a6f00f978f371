import type { Type } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Short names for what answers are made of; they only describe, requests are checked by their DTOs. */
interface Shape {
  nullable?: boolean;
  optional?: boolean;
  description?: string;
  list?: boolean;
  enum?: readonly string[];
}

function property(type: unknown, format: string | undefined, { optional, list, ...shape }: Shape): PropertyDecorator {
  const options = {
    type: list ? [type] : type,
    ...(shape.enum ? {} : { format }),
    ...shape,
    ...(shape.enum && list ? { isArray: true } : {}),
  } as Parameters<typeof ApiProperty>[0];
  return optional ? ApiPropertyOptional(options) : ApiProperty(options);
}

export const Text = (shape: Shape = {}): PropertyDecorator => property(String, undefined, shape);
export const Id = (shape: Shape = {}): PropertyDecorator => property(String, 'uuid', shape);
/** An instant in UTC, RFC 3339. */
export const At = (shape: Shape = {}): PropertyDecorator => property(String, 'date-time', shape);
export const Whole = (shape: Shape = {}): PropertyDecorator => property('integer', undefined, shape);
export const Numeric = (shape: Shape = {}): PropertyDecorator => property(Number, undefined, shape);
export const Flag = (shape: Shape = {}): PropertyDecorator => property(Boolean, undefined, shape);
/** Any JSON object whose names are data. */
export const Json = (shape: Shape = {}): PropertyDecorator => property(Object, undefined, shape);
/** Any JSON value. */
export const Anything = (description: string): PropertyDecorator =>
  ApiProperty({ description, type: () => Object, additionalProperties: true });
export const One = (type: Type, shape: Shape = {}): PropertyDecorator => property(type, undefined, shape);
export const Many = (type: Type, shape: Shape = {}): PropertyDecorator => property(type, undefined, { ...shape, list: true });
