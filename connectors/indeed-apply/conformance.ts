import { createHmac } from 'node:crypto';
import type { NamedHarness } from '#hub/connector-sdk/conformance';

const SECRET = 'indeed-api-secret';
const JOB = 'J-00000000R';
const application = (at: number): object => ({
  id: `5156eb63c9a0a8a${at}`,
  appliedOnMillis: 1_795_680_000_000,
  job: { jobId: JOB, jobTitle: 'Data Analyst' },
  applicant: {
    fullName: `Zoë 🚀 مقابلة ${at}`,
    email: `applicant-${at}@people.example.org`,
    phoneNumber: '+49 30 1234567',
    resume: { file: { fileName: 'cv.txt', contentType: 'text/plain', data: Buffer.from(`curriculum ${at}`).toString('base64') } },
  },
  locale: 'en_US',
});

/** Applications as Indeed's documentation shows them; nobody has held this against Indeed. */
const inbox = (stream: string): NamedHarness => ({
  stream,
  on: "calls of its documentation's shape",
  evidence: 'fixtures',
  async start() {
    return {
      url: 'http://127.0.0.1:9',
      settings: () => ({}),
      credentials: {},
      expectAtLeast: 5,
      unknownId: 'nobody-1',
      partner: {
        calls: [0, 1, 2, 3, 4].map((at) => ({ route: 'POST /applications' as const, body: application(at) })),
        sign: (body) => ({
          'content-type': 'application/json',
          'x-indeed-signature': createHmac('sha1', SECRET).update(body).digest('base64'),
        }),
        secret: SECRET,
        record: (object, name) => (object === 'job' && 'ref' in name && name.ref === JOB ? { status: 'OPEN' } : undefined),
      },
      noWrites: 'nothing is written to Indeed',
      stop: async () => undefined,
    };
  },
});

export const harnesses = [inbox('applicants'), inbox('applications')];
