import { ConnectorFailure } from '../../failure.js';
import type { HttpClient } from '../../http.js';
import { parseMultistatus } from './dav-xml.js';
import { cleanEtag, objectUrl } from './read-objects.js';

export interface PutInput {
  calendarUrl: string;
  name: string;
  ics: string;
  /** `If-Match` for an update; absent: create only (`If-None-Match: *`). */
  etag?: string;
}
export type PutOutcome = { state: 'stored'; etag?: string } | { state: 'precondition-failed' } | { state: 'uid-taken' };

/** Stores a resource under a precondition. Servers say "no" in three ways: 412, 409 with `no-uid-conflict`, or 207 around either. */
export async function putObject(http: HttpClient, { calendarUrl, name, ics, etag }: PutInput): Promise<PutOutcome> {
  const precondition: Record<string, string> = etag
    ? { 'if-match': etag === '*' ? etag : (cleanEtag(etag) ?? '*') }
    : { 'if-none-match': '*' };
  const headers = { 'content-type': 'text/calendar; charset=utf-8', ...precondition };
  const response = await http.request({ method: 'PUT', path: objectUrl(calendarUrl, name), headers, body: ics, expect: [403, 409, 412] });
  const status = response.status === 207 ? innerStatus(response.text) : response.status;
  if (status < 300) return { state: 'stored', etag: cleanEtag(response.headers.etag) };
  if (/no-uid-conflict/i.test(response.text)) return { state: 'uid-taken' };
  if (status === 412) return { state: 'precondition-failed' };
  const code = status === 403 ? 'PERMISSION' : status === 409 ? 'CONFIG' : 'INVALID_VALUE';
  throw new ConnectorFailure({ code, status, detail: `the calendar refused the event with ${status}` });
}

function innerStatus(text: string): number {
  return parseMultistatus(text).responses.find(({ status }) => status !== undefined && status >= 300)?.status ?? 200;
}
