import type { FailureCode } from '#hub/canonical';
import { byHttpStatus, type CallFailure, type Classified, type VendorResponse } from '#hub/connector-sdk';
import { isObject } from './payloads.js';

/** Ashby says no with HTTP 200 and `success: false`. Its own troubles are told as a server error, so that a write knows its outcome is open. */
export function refusal(response: VendorResponse): CallFailure | undefined {
  const body = response.json();
  if (isObject(body) && body.success === true) return undefined;
  const status = OWN_TROUBLE.test(codeOf(body) ?? '') ? 500 : response.status;
  return { status, headers: response.headers, body, sent: true, method: '' };
}

const OWN_TROUBLE = /internal|server_error|unavailable|timeout|unexpected/;

/** First match decides; an unknown code falls to the status. */
const BY_CODE: [RegExp, (failure: CallFailure) => Classified][] = [
  [/sync_token|too_large|cursor/, () => cursorLost],
  [/unauthori[sz]ed|invalid_api_key|unauthenticated/, () => keyRefused],
  [/rate_limit|too_many_requests/, () => ({ code: 'RATE_LIMITED', detail: 'Ashby takes no more calls for now' })],
  [/created_by_api_key/, () => foreignSchedule],
  [/permission|forbidden|not_allowed/, (failure) => (isForeignSchedule(failure) ? foreignSchedule : missingPermission(failure))],
  [/not_found/, () => ({ code: 'NOT_FOUND', detail: 'Ashby has no such record' })],
  [OWN_TROUBLE, () => ({ code: 'TRANSIENT', detail: 'Ashby had a fault of its own' })],
];

const cursorLost: Classified = { code: 'CURSOR_EXPIRED', detail: 'Ashby wants a full walk instead of this cursor' };
const keyRefused: Classified = { code: 'AUTH', detail: 'Ashby does not accept the API key: it is wrong, or it was deactivated' };
const foreignSchedule: Classified = {
  code: 'PERMISSION',
  detail: 'Ashby lets an API key change only the interview schedules that were created with that key: change this one in Ashby itself',
};

/** From a failed call to a failure code. Texts of Ashby are never repeated: they may name people. */
export function classifyAnswer(failure: CallFailure): FailureCode | Classified {
  const code = codeOf(failure.body);
  const rule = BY_CODE.find(([pattern]) => code !== undefined && pattern.test(code));
  if (rule) return rule[1](failure);
  if (failure.status === 401) return keyRefused;
  if (failure.status === 403) return code === undefined ? keyRefused : missingPermission(failure);
  if (failure.status === undefined || failure.status >= 300) return code === undefined ? byHttpStatus(failure) : invalid(failure, code);
  if (code !== undefined || (isObject(failure.body) && failure.body.success === false)) return invalid(failure, code);
  return { code: 'SCHEMA_DRIFT', detail: 'the answer does not say whether it succeeded' };
}

/** Names of parameters, the innermost one of a path; a closed list, because the rest of the sentence may quote people. */
const FIELD =
  /(?:interviewEvents?[.[\]\d]+)?\b(applicationId|interviewEvents?|interviewScheduleId|interviewEventId|interviewers|startTime|endTime|extraData|createdAfter|limit)\b/;

function invalid(failure: CallFailure, code = 'without a code'): FailureCode | Classified {
  const status = failure.status ?? 200;
  if (status >= 300 && status !== 400 && status !== 422) return byHttpStatus(failure);
  if (/^\W*(?:the )?(?:next ?cursor|cursor|sync ?token)\b/i.test(messageOf(failure.body))) return cursorLost;
  const named = FIELD.exec(messageOf(failure.body))?.[1];
  const detail = `Ashby refused ${named ? `the value of ${named}` : 'what was sent'} (${code})`;
  return { code: 'INVALID_VALUE', detail, ...(named && { field: named }) };
}

function missingPermission(failure: CallFailure): Classified {
  const named =
    /\b(apiKeys|approvals|candidates|hiringProcess(?:Metadata)?|interviews|jobs|offers|organization|reports)(?:Read|Write|:read|:write)\b/;
  const [permission] = named.exec(messageOf(failure.body)) ?? [];
  const what = permission ? `the permission ${permission}` : 'a permission for this call or this record';
  return { code: 'PERMISSION', detail: `the API key lacks ${what}: an Ashby administrator can grant it` };
}

function isForeignSchedule({ body }: CallFailure): boolean {
  return /\bapi key\b/i.test(messageOf(body)) && /\bcreated\b/i.test(messageOf(body));
}

/** Ashby's error word, or nothing when it is none: the word is shown, so it must look like one. */
function codeOf(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const said = isObject(body.errorInfo) ? body.errorInfo.code : Array.isArray(body.errors) ? (body.errors as unknown[])[0] : undefined;
  return typeof said === 'string' && /^[a-z][a-z_]{1,60}$/i.test(said) ? said.toLowerCase() : undefined;
}

/** For looking only. */
function messageOf(body: unknown): string {
  const message = isObject(body) && isObject(body.errorInfo) ? body.errorInfo.message : undefined;
  return typeof message === 'string' ? message : '';
}
