import { hash } from 'node:crypto';
import { fileOf, type FileNote, type Keep, type PartnerAnswer, type PartnerCall } from '#hub/connector-sdk';
import { faultIn, type Application, type ResumeFile } from './payloads.js';
import type { IndeedApplySettings } from './settings.js';

type Call = PartnerCall<IndeedApplySettings>;

const CLOSED = new Set<unknown>(['FILLED', 'CLOSED', 'ARCHIVED']);
const DAY_MS = 86_400_000;

/** Indeed sends again whatever is not answered by 2xx, 400, 401, 404, 409, 410, 413 or 422. */
export async function receiveApplication(call: Call): Promise<PartnerAnswer> {
  const fault = faultIn(call.body);
  if (fault) return { status: 400, body: { error: fault } };
  const application = call.body as Application;
  const job = await call.record('job', { ref: application.job.jobId });
  if (!job)
    return {
      status: 404,
      body: { error: 'job.jobId is the reference number of no job; the feed must carry the reference numbers of this hub' },
    };
  if (CLOSED.has(job.status)) return { status: 410, body: { error: 'the job is closed' } };
  const id = await newId(call, application);
  if (!id) return { status: 409, body: { error: 'this person has applied for this job already' } };
  return { status: 200, body: { id }, keep: await keptOf(id, application, call) };
}

/** Made of job and person, so that no application is kept twice; undefined for a duplicate. After the days of a duplicate it is a new one. */
async function newId({ settings, now, received }: Call, { job, applicant }: Application): Promise<string | undefined> {
  const key = hash('sha256', `${job.jobId}\n${addressOf(applicant)}`, 'hex').slice(0, 32);
  for (let round = 1; ; round += 1) {
    const id = `${key}-${round}`;
    const earlier = await received('applications', id);
    if (!earlier) return id;
    if (now.getTime() - earlier.receivedAt.getTime() < settings.duplicateDays * DAY_MS) return undefined;
  }
}

/** A person is one record, whatever they apply for; the documents of earlier applications stay. */
async function keptOf(id: string, application: Application, { received }: Call): Promise<Keep[]> {
  const { applicant, ...rest } = application;
  const { resume, ...person } = applicant;
  const { file, ...parsed } = resume ?? {};
  const personId = hash('sha256', addressOf(applicant), 'hex').slice(0, 32);
  const earlier = (await received('applicants', personId))?.payload as { files: FileNote[] } | undefined;
  const copy = file?.data ? copyOf({ ...file, data: file.data }) : undefined;
  const files = [...(earlier?.files ?? []).filter(({ sha256 }) => sha256 !== copy?.note.sha256), ...(copy ? [copy.note] : [])];
  return [
    { stream: 'applicants', externalId: personId, payload: { ...person, resume: parsed, files }, files: copy && [copy.file] },
    { stream: 'applications', externalId: id, payload: { ...rest, applicant: personId } },
  ];
}

function copyOf({
  fileName = 'resume',
  contentType = 'application/octet-stream',
  data,
}: ResumeFile & { data: string }): ReturnType<typeof fileOf> {
  return fileOf({ filename: fileName, mime: contentType, bytes: Buffer.from(data, 'base64') });
}

function addressOf({ email }: Application['applicant']): string {
  return email.trim().toLowerCase();
}
