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

const NEEDED: [name: string, (of: Shape) => unknown][] = [
  ['id', (of) => of.id],
  ['job.jobId', (of) => of.job?.jobId],
  ['applicant.fullName', (of) => of.applicant?.fullName],
  ['applicant.email', (of) => of.applicant?.email],
];
interface Shape {
  id?: unknown;
  job?: Record<string, unknown>;
  applicant?: Record<string, unknown> & { resume?: { file?: Record<string, unknown> } };
}

/** What a body lacks to be an application, in words; undefined when it lacks nothing. */
export function faultIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'the body is no JSON object';
  const shape = body as Shape;
  for (const [name, read] of NEEDED) {
    const value = read(shape);
    if (typeof value !== 'string' || value.trim() === '') return `${name} is missing: it must be a text`;
  }
  const resume = shape.applicant?.resume;
  if (resume !== undefined && (typeof resume !== 'object' || resume === null)) return 'applicant.resume must be an object';
  const file = resume?.file;
  if (file === undefined) return undefined;
  if (typeof file !== 'object' || file === null) return 'applicant.resume.file must be an object';
  const bad = ['fileName', 'contentType', 'data'].find((part) => file[part] !== undefined && typeof file[part] !== 'string');
  return bad && `applicant.resume.file.${bad} must be a text`;
}
