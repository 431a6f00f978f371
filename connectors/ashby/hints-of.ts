import { isObject } from './payloads.js';

type Hint = { stream: string; externalId: string; movedTo?: string };
type Data = Record<string, unknown>;

const one = (stream: string, name: string) => (data: Data) => idsIn(data, name).map((externalId) => ({ stream, externalId }));
const applicationOf = one('applications', 'application');
const mergedOf = (data: Data): Hint[] => {
  const [movedTo] = idsIn(data, 'mergedCandidate');
  const lost = one('candidates', 'deletedCandidate')(data).map((hint) => ({ ...hint, ...(movedTo && { movedTo }) }));
  return [...one('candidates', 'mergedCandidate')(data), ...lost];
};

const BY_ACTION: Record<string, (data: Data) => Hint[]> = {
  applicationSubmit: applicationOf,
  applicationUpdate: applicationOf,
  candidateHire: applicationOf,
  candidateStageChange: applicationOf,
  candidateDelete: one('candidates', 'candidate'),
  candidateMerge: mergedOf,
  interviewScheduleCreate: one('interview-schedules', 'interviewSchedule'),
  interviewScheduleUpdate: one('interview-schedules', 'interviewSchedule'),
  jobCreate: one('jobs', 'job'),
  jobUpdate: one('jobs', 'job'),
};

/** Which records a delivery is about. What it says of them is not used: they are read afresh. */
export function hintsOf(body: unknown): Hint[] {
  if (!isObject(body) || typeof body.action !== 'string' || !isObject(body.data)) return [];
  const hints = Object.hasOwn(BY_ACTION, body.action) ? BY_ACTION[body.action] : undefined;
  return hints?.(body.data) ?? [];
}

function idsIn(data: Data, name: string): string[] {
  const part = data[name];
  return isObject(part) && typeof part.id === 'string' && part.id ? [part.id] : [];
}
