import type { Type } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type as As } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Problem } from './problems/problem.js';

const DEFAULT_LIMIT = 50;

export class PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 200, default: DEFAULT_LIMIT })
  @IsOptional()
  @As(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;

  @ApiPropertyOptional({ description: 'nextCursor of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  cursor?: string;
}

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** The described class of a page of these items. */
export function pageOfViews<Item>(item: Type<Item>): Type<Page<Item>> {
  class PageView {
    @ApiProperty({ type: [item] })
    items: Item[];

    @ApiProperty({ type: String, nullable: true, description: 'cursor of the next page; null on the last one. Also as Link header' })
    nextCursor: string | null;
  }
  Object.defineProperty(PageView, 'name', { value: `${item.name.replace(/View$/, '')}Page` });
  return PageView;
}

/** Place in a list that is ordered by time and id, newest first; times to the microsecond, as the database keeps them. */
interface Place {
  at: string;
  id: string;
}

function placeOf(query: PageQuery): Place | undefined {
  if (!query.cursor) return undefined;
  const [at, id] = cursorParts(query.cursor);
  if (typeof at === 'string' && /^\d{4}-[\d-]{5}T[\d:.]+Z$/.test(at) && typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id))
    return { at, id };
  throw foreignCursor();
}

export function foreignCursor(): Problem {
  return new Problem(422, 'INVALID_REQUEST', 'cursor is not one of ours', [
    { pointer: '/cursor', code: 'cursor', detail: 'use nextCursor of the page before, or leave it out' },
  ]);
}

/** Says where a page ended, in a form that nobody is tempted to write. */
export function cursorOf(...parts: string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** What `cursorOf` was given; nothing where the text is none of ours. */
export function cursorParts(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** Column that a keyset query adds to each row; it never reaches an answer. */
export interface Placed {
  place: string;
  id: string;
}

/** One row more than asked for tells whether there is a next page. */
export function pageOf<Row extends Placed>(rows: Row[], query: PageQuery): Page<Omit<Row, 'place'>> {
  const shown = rows.slice(0, query.limit ?? DEFAULT_LIMIT);
  const last = rows.length > shown.length ? shown.at(-1) : undefined;
  const nextCursor = last ? cursorOf(last.place, last.id) : null;
  return { items: shown.map(({ place: _, ...row }) => row), nextCursor };
}

/** Parts of a keyset query over (time, id), newest first; parameters are appended to `parameters`. */
export function keysetSql(
  query: PageQuery,
  input: { time: string; id: string; parameters: unknown[] },
): { place: string; after: string; tail: string } {
  const { time, id, parameters } = input;
  const from = placeOf(query);
  if (from) parameters.push(from.at, from.id);
  const after = from ? `(${time}, ${id}) < ($${parameters.length - 1}::timestamptz, $${parameters.length}::uuid)` : 'true';
  parameters.push((query.limit ?? DEFAULT_LIMIT) + 1);
  const place = `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS place`;
  return { place, after, tail: `ORDER BY ${time} DESC, ${id} DESC LIMIT $${parameters.length}` };
}

/** Equality filters of a list; absent ones are left out. Column names are ours, values are parameters. */
export function filterSql(filters: Record<string, unknown>, parameters: unknown[]): string {
  const parts = Object.entries(filters).flatMap(([column, value]) => {
    if (value === undefined) return [];
    parameters.push(value);
    return [`${column} = $${parameters.length}`];
  });
  return parts.length > 0 ? parts.join(' AND ') : 'true';
}
