import { missingText } from '#hub/connector-sdk';
import type { GreenhouseAssessmentSettings } from './settings.js';

/** The body of `send_test`; names and words as Greenhouse documents them. */
export interface TestRequest {
  partner_test_id: string;
  candidate: { first_name: string; last_name: string; email: string; resume_url?: string | null };
  sent_by?: string | null;
  /** Where news are told. */
  url: string;
}

const NEEDED = ['partner_test_id', 'candidate.first_name', 'candidate.last_name', 'candidate.email', 'url'];

/** What a body lacks to be a request for a test, in words; undefined when it lacks nothing. */
export function faultIn(body: unknown, { apiUrl }: GreenhouseAssessmentSettings): string | undefined {
  const missing = missingText(body, NEEDED);
  if (missing) return missing;
  const { url } = body as { url: string };
  // The key goes with the news: they are told to nobody else.
  if (!URL.canParse(url) || new URL(url).origin !== new URL(apiUrl).origin) return `url must begin with ${apiUrl}`;
  return undefined;
}
