import { applicationEndpoints } from './applications.js';
import { candidateEndpoints } from './candidates.js';
import { fileEndpoints } from './files.js';
import type { Endpoints } from './endpoint.js';
import { interviewEndpoints } from './interviews.js';
import { jobEndpoints } from './jobs.js';

export const endpoints: Endpoints = {
  ...candidateEndpoints,
  ...fileEndpoints,
  ...jobEndpoints,
  ...applicationEndpoints,
  ...interviewEndpoints,
  'apiKey.info': {
    permission: 'apiKeysRead',
    fields: {},
    answer: ({ key }) => ({ results: { title: key.name, createdAt: key.createdAt, scopes: key.permissions } }),
  },
};

/** Every permission that an endpoint asks for; what a key gets unless told otherwise. */
export const PERMISSIONS = [...new Set(Object.values(endpoints).map(({ permission }) => permission))].sort();
