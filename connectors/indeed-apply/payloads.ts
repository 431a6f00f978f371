import { missingText } from '#hub/connector-sdk';

/** What of an application is relied on; Indeed leaves out what it does not have. */
export interface Application {
  id: string;
  job: { jobId: string };
  applicant: {
    fullName: string;
    email: string;
    resume?: { file?: ResumeFile };
  };
}

export interface ResumeFile {
  fileName?: string;
  contentType?: string;
  /** Base64. */
  data?: string;
}

const NEEDED = ['id', 'job.jobId', 'applicant.fullName', 'applicant.email'];

/** What a body lacks to be an application, in words; undefined when it lacks nothing. */
export function faultIn(body: unknown): string | undefined {
  const missing = missingText(body, NEEDED);
  if (missing) return missing;
  const { resume } = (body as { applicant: { resume?: { file?: Record<string, unknown> } } }).applicant;
  if (resume !== undefined && (typeof resume !== 'object' || resume === null)) return 'applicant.resume must be an object';
  const file = resume?.file;
  if (file === undefined) return undefined;
  if (typeof file !== 'object' || file === null) return 'applicant.resume.file must be an object';
  const bad = ['fileName', 'contentType', 'data'].find((part) => file[part] !== undefined && typeof file[part] !== 'string');
  return bad && `applicant.resume.file.${bad} must be a text`;
}
