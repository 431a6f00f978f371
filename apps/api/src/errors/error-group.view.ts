import type { TenantTx } from '#hub/persistence';
import { At, Id, Json, Text } from '../described.js';
import { filterSql, keysetSql, pageOf, pageOfViews, type Page, type Placed } from '../paging.js';
import type { GroupsQuery } from './error.dto.js';

export class ErrorGroupView {
  @Id() id: string;
  @Id() connectionId: string;
  @Text() connection: string;
  @Text({ nullable: true }) stream: string | null;
  @Text() stage: string;
  @Text() code: string;
  @Text() message: string;
  @At() firstSeenAt: Date;
  @At() lastSeenAt: Date;
  @At({ nullable: true, description: 'when it came back after all its items were resolved' }) regressedAt: Date | null;
  @Json({ description: 'how many items are in each state' }) counts: Record<string, number>;
}
export const ErrorGroupPage = pageOfViews(ErrorGroupView);

export async function listGroups(tx: TenantTx, query: GroupsQuery): Promise<Page<ErrorGroupView>> {
  const parameters: unknown[] = [];
  const where = filterSql({ 'g.connection_id': query.connection, 'g.code': query.code }, parameters);
  const { place, after, tail } = keysetSql(query, { time: 'g.last_seen_at', id: 'g.id', parameters });
  const rows = await tx.query<ErrorGroupView & Placed>(
    `SELECT g.id, g.connection_id AS "connectionId", c.name AS connection, s.name AS stream, g.stage, g.code, g.message, g.first_seen_at AS "firstSeenAt", g.last_seen_at AS "lastSeenAt", g.regressed_at AS "regressedAt",
       (SELECT coalesce(jsonb_object_agg(state, count), '{}') FROM (SELECT state, count(*) FROM error_item i WHERE i.group_id = g.id GROUP BY state) AS counted) AS counts, ${place}
     FROM error_group g JOIN connection c ON c.id = g.connection_id LEFT JOIN stream s ON s.id = g.stream_id WHERE ${where} AND ${after} ${tail}`,
    parameters,
  );
  return pageOf(rows, query);
}
