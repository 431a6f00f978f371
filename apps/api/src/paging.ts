import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Problem } from './problems/problem.js';

export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 50 }) @IsOptional() @IsInt() @Min(1) @Max(200) limit?: number;
  @ApiPropertyOptional({ description: 'nextCursor of the page before' }) @IsOptional() @IsString() @MaxLength(500) cursor?: string;
}

/** Place in a list that is ordered by time and id, newest first. */
export interface Place { at: string; id: string }

export function placeOf(query: PageQuery): Place | undefined {
  if (!query.cursor) return undefined;
  try {
    const [at, id] = JSON.parse(Buffer.from(query.cursor, 'base64url').toString()) as [string, string];
    if (typeof at === 'string' && !Number.isNaN(Date.parse(at)) && /^[0-9a-f-]{36}$/.test(id)) return { at, id };
  } catch {
    throw badCursor();
  }
  throw badCursor();
}

function badCursor(): Problem {
  return new Problem(422, 'INVALID_REQUEST', 'cursor is not one of ours', [{ pointer: '/cursor', code: 'cursor', detail: 'use nextCursor of the page before, or leave it out' }]);
}

export interface Page<Item> { items: Item[]; nextCursor: string | null }

/** One row more than asked for tells whether there is a next page. */
export function pageOf<Row extends { id: string }>(rows: Row[], input: { limit?: number; at: (row: Row) => Date }): Page<Row> {
  const limit = input.limit ?? 50;
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextCursor: more ? Buffer.from(JSON.stringify([input.at(last).toISOString(), last.id])).toString('base64url') : null };
}

/** `WHERE` parts for a keyset page over (timeColumn, id); parameters are appended to `parameters`. */
export function keysetSql(query: PageQuery, input: { time: string; id: string; parameters: unknown[] }): { after: string; tail: string } {
  const place = placeOf(query);
  const { parameters } = input;
  let after = 'true';
  if (place) {
    parameters.push(place.at, place.id);
    after = `(date_trunc('milliseconds', ${input.time}), ${input.id}) < ($${parameters.length - 1}::timestamptz, $${parameters.length}::uuid)`;
  }
  parameters.push((query.limit ?? 50) + 1);
  return { after, tail: `ORDER BY date_trunc('milliseconds', ${input.time}) DESC, ${input.id} DESC LIMIT $${parameters.length}` };
}

/** Equality filters of a list; absent ones are left out. */
export function filterSql(filters: Record<string, unknown>, parameters: unknown[]): string {
  const parts = Object.entries(filters).flatMap(([column, value]) => {
    if (value === undefined) return [];
    parameters.push(value);
    return [`${column} = $${parameters.length}`];
  });
  return parts.length > 0 ? parts.join(' AND ') : 'true';
}
