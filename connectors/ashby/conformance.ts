import { createHmac, randomUUID } from 'node:crypto';
import type { NamedHarness } from '#hub/connector-sdk/conformance';
import { startSandbox } from '../../apps/sandbox/src/sandbox.js';

const CANDIDATES = 230;
export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;

/** What a recruiter or an administrator of the simulated ATS does. */
export async function control<Answer = unknown>(url: string, path: string, body?: object, method = body ? 'POST' : 'GET'): Promise<Answer> {
  const init = body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {};
  const answer = await fetch(`${url}/sandbox/${path}`, { method, ...init });
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
  return (await answer.json()) as Answer;
}
export const newKey = async (url: string, name: string, permissions?: string[]) =>
  (await control<{ key: string }>(url, 'keys', { name, ...(permissions && { permissions }) })).key;

export async function seeded(): Promise<{ sandbox: Sandbox; apiKey: string }> {
  const sandbox = await startSandbox();
  const apiKey = await newKey(sandbox.url, 'hub');
  const seed = { seed: 7, candidates: CANDIDATES, jobs: 3, interviewShare: 0.5, createdWithHubKey: 0.5, hubKey: apiKey };
  await control(sandbox.url, 'seed', seed);
  return { sandbox, apiKey };
}

interface Truth {
  applications: { id: string; candidate: { id: string } }[];
  candidates: { id: string }[];
  interviewStages: { id: string }[];
  interviewSchedules: {
    id: string;
    applicationId: string;
    createdAt: string;
    createdBy?: string;
    status: string;
    interviewEvents: { startTime: string }[];
  }[];
}
export const truthOf = (url: string) => control<Truth>(url, 'truth');

const OF_STREAM: Record<string, object> = {
  candidates: { action: 'candidateDelete', data: { candidate: { id: 'c-1' } } },
  applications: { action: 'applicationUpdate', data: { application: { id: 'a-1' } } },
  'interview-schedules': { action: 'interviewScheduleUpdate', data: { interviewSchedule: { id: 's-1' } } },
};
const deliveryOf = (stream: string): Buffer => Buffer.from(JSON.stringify(OF_STREAM[stream]));
const sign = (body: Buffer, secret: string): Record<string, string> => ({
  'ashby-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
});

async function harnessFor(stream: string, unknownId = randomUUID()) {
  const { sandbox, apiKey } = await seeded();
  const { applications } = await truthOf(sandbox.url);
  const application = applications[0].id;
  const event = (text: string, hour: number) => ({
    startTime: `2027-02-01T${hour}:00:00.000Z`,
    endTime: `2027-02-01T${hour + 1}:00:00.000Z`,
    interviewers: [{ email: 'ida@example.com' }],
    extraData: { tributaryRef: text },
  });
  const write = {
    create: (text: string) => ({
      body: { applicationId: application, interviewEvents: [event(text, 10)] },
      changed: [],
      parents: { application },
    }),
    update: (text: string) => ({
      body: { status: 'Scheduled', applicationId: application, interviewEvents: [event(text, 14)] },
      changed: ['interviewEvents[0].startTime'],
      parents: { application },
    }),
    newWriteId: randomUUID,
    times: {
      create: (startTime: string, endTime: string) => ({
        body: { applicationId: application, interviewEvents: [{ ...event('times', 10), startTime, endTime }] },
        changed: [],
        parents: { application },
      }),
      read: (payload: unknown) => {
        const [{ startTime, endTime }] = (payload as { interviewEvents: { startTime: string; endTime: string }[] }).interviewEvents;
        return [startTime, endTime];
      },
    },
    // A removed schedule stays, as cancelled.
    removes: false,
  };
  return {
    url: sandbox.url,
    settings: (apiUrl: string) => ({ apiUrl, callsPerSecond: 1_000 }),
    credentials: { apiKey },
    expectAtLeast: stream === 'interview-schedules' ? CANDIDATES / 2 : CANDIDATES,
    loseCursor: (cursor: string) => JSON.stringify({ ...(JSON.parse(cursor) as object), token: 'bm90IG9uZSBvZiB0aGVpcnM' }),
    unknownId,
    webhook: { sample: deliveryOf(stream), sign },
    ...(stream === 'candidates' && {
      noWrites: 'candidates are only created, and found by name and address: connector.spec.ts',
      files: { path: /\/files\// },
      async merge() {
        const [{ id: from }, { id: into }] = (await truthOf(sandbox.url)).candidates;
        await control(sandbox.url, 'merge', { from, into });
        return { from, into, told: { action: 'candidateMerge', data: { deletedCandidate: { id: from }, mergedCandidate: { id: into } } } };
      },
    }),
    ...(stream === 'interview-schedules' && { write }),
    stop: sandbox.close,
  };
}

/** The sandbox is held against Ashby's own description by contract.int-spec.ts. */
export const harnesses: NamedHarness[] = ['candidates', 'applications', 'interview-schedules'].map((stream) => ({
  stream,
  on: 'the sandbox',
  evidence: 'description',
  start: () => harnessFor(stream),
}));
