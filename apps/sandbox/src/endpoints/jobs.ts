import { flag, integer, listOf, maybe, needed, oneOf, text, uuid } from '../input.js';
import { listPage, syncFields } from '../paging.js';
import type { Job } from '../records.js';
import { Refusal } from '../refusal.js';
import type { Body, Call, Endpoints } from './endpoint.js';

const expand = maybe(listOf(oneOf('location', 'openings')));

export const jobEndpoints: Endpoints = {
  'job.list': {
    permission: 'jobsRead',
    fields: {
      ...syncFields,
      status: maybe(listOf(oneOf('Draft', 'Open', 'Closed', 'Archived'))),
      openedAfter: maybe(integer),
      openedBefore: maybe(integer),
      closedAfter: maybe(integer),
      closedBefore: maybe(integer),
      includeUnpublishedJobPostingsIds: maybe(flag),
      expand,
    },
    answer: ({ store, body }) => listPage(store, body, { resource: 'job', keep: (job) => wanted(job, body), view: (job) => job }),
  },
  'job.info': {
    permission: 'jobsRead',
    fields: { id: needed(uuid), includeUnpublishedJobPostingsIds: maybe(flag), expand },
    answer: ({ store, body }) => {
      const job = store.see('job', body.id as string);
      if (!job) throw new Refusal('job_not_found', 'Job not found');
      return { results: job };
    },
  },
  'job.search': { permission: 'jobsRead', fields: { title: maybe(text), requisitionId: maybe(text) }, answer: searchJobs },
};

function wanted(job: Job, body: Body): boolean {
  const statuses = (body.status as string[] | undefined) ?? ['Open', 'Closed', 'Archived'];
  const within = (at: string | undefined, after: unknown, before: unknown) =>
    (after === undefined || (at !== undefined && Date.parse(at) > Number(after))) &&
    (before === undefined || (at !== undefined && Date.parse(at) < Number(before)));
  return (
    // A status that no description knows (a planted fault) is still listed: only drafts are held back by default.
    (statuses.includes(job.status) || (body.status === undefined && job.status !== 'Draft')) &&
    within(job.openedAt, body.openedAfter, body.openedBefore) &&
    within(job.closedAt, body.closedAfter, body.closedBefore)
  );
}

function searchJobs({ store, body }: Call): Body {
  if (body.title === undefined && body.requisitionId === undefined)
    throw new Refusal('invalid_input', 'title or requisitionId is required');
  const title = (body.title as string | undefined)?.toLowerCase();
  const jobs = store
    .all('job')
    .filter((job) => store.see('job', job.id) && body.requisitionId === undefined && job.title.toLowerCase() === title);
  return { results: jobs };
}
