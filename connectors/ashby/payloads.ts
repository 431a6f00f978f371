import { ConnectorFailure, type Fetched, type RawRecord, type VendorFile } from '#hub/connector-sdk';

/** A record as Ashby sent it; the mapping reads its fields, this connector only these. */
export interface AshbyRecord extends Record<string, unknown> {
  id: string;
}
export interface AshbyPage {
  records: AshbyRecord[];
  nextCursor?: string;
  /** On the last page of a walk only. */
  syncToken?: string;
}
export interface ScheduleEvent {
  id: string;
  interviewId?: string;
  startTime?: string;
  endTime?: string;
  interviewers: { email: string; feedbackRequired?: boolean }[];
  extraData: Record<string, unknown>;
}
export interface Schedule {
  id: string;
  applicationId?: string;
  status?: string;
  events: ScheduleEvent[];
}

/** A page of any list. Throws SCHEMA_DRIFT for what is no page, or for one that promises more without saying where. */
export function parsePage(body: unknown): AshbyPage {
  const { results, moreDataAvailable, nextCursor, syncToken } = asObject(body);
  if (!Array.isArray(results)) throw drift('results is not a list');
  if (moreDataAvailable === true && !isText(nextCursor)) throw drift('more data is announced without a nextCursor');
  return {
    records: results.map(parseRecord),
    ...(moreDataAvailable === true && { nextCursor: nextCursor as string }),
    ...(isText(syncToken) && { syncToken }),
  };
}

/** The record in the answer of an `info` endpoint or of a write. */
export function parseOne(body: unknown): AshbyRecord {
  return parseRecord(asObject(body).results);
}

/** The address of a file in the answer of `file.info`. */
export function parseAddress(body: unknown): string {
  const { url } = asObject(asObject(body).results);
  if (!isText(url)) throw drift('a file without an address');
  return url;
}

export function parseSchedule(payload: unknown): Schedule {
  const { id, applicationId, status, interviewEvents } = parseRecord(payload);
  const events = Array.isArray(interviewEvents) ? interviewEvents.map(parseEvent) : [];
  return { id, events, ...(isText(applicationId) && { applicationId }), ...(isText(status) && { status }) };
}

function parseEvent(value: unknown): ScheduleEvent {
  const { id, interviewId, startTime, endTime, interviewers, extraData } = parseRecord(value);
  return {
    id,
    ...(isText(interviewId) && { interviewId }),
    ...(isText(startTime) && { startTime }),
    ...(isText(endTime) && { endTime }),
    interviewers: Array.isArray(interviewers) ? interviewers.flatMap(parseInterviewer) : [],
    extraData: isObject(extraData) ? extraData : {},
  };
}

/** A user whose address this key may not see cannot be named in a write. */
function parseInterviewer(value: unknown): ScheduleEvent['interviewers'] {
  const { email, isFeedbackRequired } = asObject(value);
  if (!isText(email)) return [];
  return [{ email, ...(typeof isFeedbackRequired === 'boolean' && { feedbackRequired: isFeedbackRequired }) }];
}

export function toRaw(record: AshbyRecord): RawRecord {
  return { externalId: record.id, payload: record };
}

/** A candidate with the files named apart: handles and addresses change from read to read. */
export function toRawCandidate({ resumeFileHandle, fileHandles, ...candidate }: AshbyRecord): RawRecord {
  const others = Array.isArray(fileHandles) ? fileHandles.flatMap((one) => fileIn(one)) : [];
  const resume = fileIn(resumeFileHandle, 'RESUME');
  const files = [...resume, ...others.filter(({ id }) => id !== resume[0]?.id)];
  return { externalId: candidate.id, payload: candidate, ...(files.length > 0 && { files }) };
}

function fileIn(value: unknown, kind?: string): VendorFile[] {
  if (!isObject(value)) return [];
  const { id, name, handle } = value;
  if (!isText(id) || !isText(name) || !isText(handle)) throw drift('a file without id, name or handle');
  return [{ id, filename: name, handle, ...(kind && { kind }) }];
}

/** An answer under another id means that the asked one was merged into it. */
export function toFetched(record: AshbyRecord, askedId: string, raw = toRaw): Fetched {
  return record.id === askedId ? { state: 'found', record: raw(record) } : { state: 'moved', movedTo: record.id };
}

/** What only `application.info` shows; without it a record is the same whether it was listed or fetched. */
export function withoutHistory(record: AshbyRecord): AshbyRecord {
  const { applicationHistory: _, ...listed } = record;
  return listed as AshbyRecord;
}

function parseRecord(value: unknown): AshbyRecord {
  const record = asObject(value);
  if (!isText(record.id)) throw drift('a record has no id');
  return record as AshbyRecord;
}

export function asObject(value: unknown): Record<string, unknown> {
  if (!isObject(value)) throw drift('an object was expected');
  return value;
}
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}
function drift(what: string): ConnectorFailure {
  return new ConnectorFailure({ code: 'SCHEMA_DRIFT', detail: `the answer is not what Ashby describes: ${what}` });
}
