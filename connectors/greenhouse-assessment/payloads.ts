import type { GreenhouseAssessmentSettings } from './settings.js';

/** The body of `send_test`; names and words as Greenhouse documents them. */
export interface TestRequest {
  partner_test_id: string;
  candidate: { first_name: string; last_name: string; email: string; resume_url?: string | null };
  sent_by?: string | null;
  /** Where news are told. */
  url: string;
}

const NEEDED: [name: string, (of: Shape) => unknown][] = [
  ['partner_test_id', (of) => of.partner_test_id],
  ['candidate.first_name', (of) => of.candidate?.first_name],
  ['candidate.last_name', (of) => of.candidate?.last_name],
  ['candidate.email', (of) => of.candidate?.email],
  ['url', (of) => of.url],
];
interface Shape {
  partner_test_id?: unknown;
  candidate?: Record<string, unknown>;
  url?: unknown;
}

/** What a body lacks to be a request for a test, in words; undefined when it lacks nothing. */
export function faultIn(body: unknown, { apiUrl }: GreenhouseAssessmentSettings): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'the body is no JSON object';
  for (const [name, read] of NEEDED) {
    const value = read(body as Shape);
    if (typeof value !== 'string' || value.trim() === '') return `${name} is missing: it must be a text`;
  }
  const { url } = body as { url: string };
  // The key goes with the news: they are told to nobody else.
  if (!URL.canParse(url) || new URL(url).origin !== new URL(apiUrl).origin) return `url must begin with ${apiUrl}`;
  return undefined;
}
