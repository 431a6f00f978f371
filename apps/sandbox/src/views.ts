import type { Application, Candidate } from './records.js';
import type { Store } from './store.js';

/** An application as the API shows it, with its candidate's and job's own data of now. */
export function viewApplication(store: Store, application: Application) {
  const { candidateId, jobId, history: _history, ...own } = application;
  const job = store.find('job', jobId);
  return {
    ...own,
    customFields: [],
    candidate: embeddedCandidate(candidateId, store.find('candidate', candidateId)),
    job: { id: jobId, title: job?.title ?? '' },
    hiringTeam: job?.hiringTeam ?? [],
  };
}

function embeddedCandidate(id: string, candidate: Candidate | undefined) {
  const { name = '', primaryEmailAddress, primaryPhoneNumber } = candidate ?? {};
  return { id, name, ...(primaryEmailAddress && { primaryEmailAddress }), ...(primaryPhoneNumber && { primaryPhoneNumber }) };
}
