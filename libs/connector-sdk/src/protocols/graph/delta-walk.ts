import type { FailureCode } from '#hub/canonical';
import { byHttpStatus } from '../../classify.js';
import type { CallFailure, CursorDefinition, RawRecord } from '../../connector.js';
import { ConnectorFailure } from '../../failure.js';
import type { CallOptions } from '../../http.js';
import { linkWalk } from '../../walks/link-walk.js';
import type { Walk } from '../../walks/walk.js';

export interface DeltaOptions<Settings> {
  /** Of the delta function, below the base URL. */
  path: (settings: Settings) => string;
  /** The parameters of the first call; the links carry them on. `since` is the start of the history window. */
  query?: (since: Date | undefined) => CallOptions['query'];
  /** Such as `odata.maxpagesize=200` or `IdType="ImmutableId"`; with every call. */
  prefer?: string[];
  scope?: CursorDefinition['scope'];
  /** Of an entry that is there. */
  toRaw: (entry: Record<string, unknown> & { id: string }) => RawRecord;
}

/** Lists of Microsoft Graph's delta functions: links that are followed as they are, and removed entries as `@removed`. Source: `vendors.md` §2. */
export function deltaWalk<Settings>({ path, query, prefer = [], scope, toRaw }: DeltaOptions<Settings>): Walk<Settings> {
  const headers: Record<string, string> = prefer.length > 0 ? { prefer: prefer.join(', ') } : {};
  return linkWalk<Settings>({
    scope,
    lost: [410],
    async page({ http, settings }, { link, since }) {
      const first = { query: query?.(since), headers };
      const { value, nextLink, deltaLink } = pageOf(
        await (link === undefined ? http.get(path(settings), first) : http.get(link, { headers })),
      );
      return { records: value.map((entry) => recordOf(entry, toRaw)), nextLink, deltaLink };
    },
  });
}

/** A lost delta token is told by 410, or by another refusal whose code names the state of the sync. */
export function graphFailure(failure: CallFailure): FailureCode {
  const { error } = (failure.body ?? {}) as { error?: { code?: unknown } };
  const code = typeof error?.code === 'string' ? error.code : '';
  return /sync.?state|resync/i.test(code) ? 'CURSOR_EXPIRED' : byHttpStatus(failure);
}

function recordOf(entry: unknown, toRaw: DeltaOptions<never>['toRaw']): RawRecord {
  const { id, '@removed': removed } = (entry ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || id === '') throw drift('an entry has no id');
  if (removed !== undefined) return { externalId: id, payload: null, deleted: true };
  return toRaw(entry as Record<string, unknown> & { id: string });
}

function pageOf(body: unknown): { value: unknown[]; nextLink?: string; deltaLink?: string } {
  const { value, '@odata.nextLink': nextLink, '@odata.deltaLink': deltaLink } = (body ?? {}) as Record<string, unknown>;
  if (!Array.isArray(value)) throw drift('value is not a list');
  return { value, ...(typeof nextLink === 'string' ? { nextLink } : typeof deltaLink === 'string' && { deltaLink }) };
}

function drift(what: string): ConnectorFailure {
  return new ConnectorFailure({ code: 'SCHEMA_DRIFT', detail: `the answer is not a page of Microsoft Graph: ${what}` });
}
