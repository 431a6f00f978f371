import { tokenWalk, type ConnectorContext, type HttpClient, type Page, type TokenPlace, type Walk } from '#hub/connector-sdk';
import { parsePage, toRaw, type AshbyPage } from './payloads.js';
import type { AshbySettings } from './settings.js';

/** Changes of one list since a token. Inside a walk every call repeats the parameters of the first one, as Ashby wants. */
export function changesOf(
  list: string,
  { windowed = false, query = {}, raw = toRaw }: { windowed?: boolean; query?: object; raw?: typeof toRaw } = {},
): Walk<AshbySettings> {
  return tokenWalk({
    async page({ http }, { token: syncToken, place: cursor, since }) {
      const createdAfter = windowed ? since?.getTime() : undefined;
      const { records, nextCursor, syncToken: token } = await listPage(http, list, { ...query, syncToken, cursor, createdAfter });
      return { records: records.map(raw), next: nextCursor, token };
    },
  });
}

/** Stages are listed per interview plan and say nothing about changes: every walk reads all plans. */
export async function stagesOfPlans({ http }: ConnectorContext<AshbySettings>, { place }: TokenPlace): Promise<Page> {
  const plans = await listPage(http, 'interviewPlan.list', { includeArchived: true, cursor: place });
  const stages = [];
  for (const { id } of plans.records) stages.push(...(await listPage(http, 'interviewStage.list', { interviewPlanId: id })).records);
  return { records: stages.map(toRaw), next: plans.nextCursor };
}

/** A page of a list; without a limit Ashby sends its most, 100 records. */
export async function listPage(http: HttpClient, list: string, body: object): Promise<AshbyPage> {
  return parsePage(await http.post(list, { body, reads: true }));
}

/** The first record of a list that is `wanted`; reads on until it is found or the list ends. */
export async function findInList<Found>(
  http: HttpClient,
  { list, query }: { list: string; query: object },
  wanted: (record: AshbyPage['records'][number]) => Found | undefined,
): Promise<Found | undefined> {
  for (let cursor: string | undefined; ;) {
    const page = await listPage(http, list, { ...query, cursor });
    for (const record of page.records) {
      const found = wanted(record);
      if (found !== undefined) return found;
    }
    if (page.nextCursor === undefined || page.nextCursor === cursor) return undefined;
    cursor = page.nextCursor;
  }
}
