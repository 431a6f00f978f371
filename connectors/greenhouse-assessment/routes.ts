import { hash } from 'node:crypto';
import type { CanonicalValues } from '#hub/canonical';
import type { PartnerAnswer, PartnerCall } from '#hub/connector-sdk';
import { faultIn, type TestRequest } from './payloads.js';
import type { GreenhouseAssessmentSettings } from './settings.js';

type Call = PartnerCall<GreenhouseAssessmentSettings>;

export function listTests({ settings }: Call): PartnerAnswer {
  const tests = [...testsOf(settings)];
  return { status: 200, body: tests.map(([id, name]) => ({ partner_test_id: id, partner_test_name: name })) };
}

/** A request that is repeated names the same address to tell news to: it is the same test. */
export async function sendTest({ settings, body, now, received }: Call): Promise<PartnerAnswer> {
  const fault = faultIn(body, settings);
  if (fault) return { status: 422, body: { errors: [fault] } };
  const request = body as TestRequest;
  const name = testsOf(settings).get(request.partner_test_id);
  if (name === undefined) return { status: 404, body: { errors: ['partner_test_id is none of list_tests'] } };
  const id = hash('sha256', request.url, 'hex').slice(0, 32);
  const answer = { status: 200, body: { partner_interview_id: id } };
  if (await received('assessments', id)) return answer;
  const { candidate, url, partner_test_id: testId, sent_by: sentBy = null } = request;
  const { resume_url: _, ...person } = candidate;
  const assessment = { id, candidate: id, testId, testName: name, status: 'sent', sentAt: now.toISOString(), sentBy, callbackUrl: url };
  return {
    ...answer,
    keep: [
      { stream: 'candidates', externalId: id, payload: person },
      { stream: 'assessments', externalId: id, payload: assessment },
    ],
  };
}

/** Complete means for Greenhouse that there is a page to look at. */
export async function testStatus({ query, received, record }: Call): Promise<PartnerAnswer> {
  const id = query.partner_interview_id ?? '';
  if (!(await received('assessments', id))) return { status: 404, body: { errors: ['partner_interview_id is none that send_test gave'] } };
  // Just sent, it may not be a record yet.
  return { status: 200, body: statusOf((await record('assessment', { externalId: id })) ?? {}) };
}

function statusOf({ status, reportUrl = null, score = null, maxScore, completedAt }: CanonicalValues): object {
  const complete = status === 'COMPLETE' && reportUrl !== null;
  const metadata = { ...(completedAt && { 'Completed at': completedAt }), ...(typeof maxScore === 'number' && { 'Out of': maxScore }) };
  const shown = typeof status === 'string' ? status.toLowerCase() : 'invited';
  return {
    partner_status: complete ? 'complete' : status === 'COMPLETE' ? 'awaiting report' : shown,
    ...(complete && { partner_profile_url: reportUrl, partner_score: score }),
    metadata,
  };
}

/** What Greenhouse could not read of an answer of ours stays in the inbox. */
export function responseError(): PartnerAnswer {
  return { status: 200, body: { status: 200 } };
}

function testsOf({ tests }: GreenhouseAssessmentSettings): Map<string, string> {
  return new Map(
    tests.map((test) => {
      const at = test.indexOf(': ');
      return [test.slice(0, at), test.slice(at + 2)];
    }),
  );
}
