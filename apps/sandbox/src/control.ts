import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { newCandidate } from './endpoints/candidates.js';
import { PERMISSIONS } from './endpoints/index.js';
import { deleteRecord, editRecord, mergeCandidates } from './recruiter.js';
import { RESOURCES, type Resource } from './records.js';
import { Refusal } from './refusal.js';
import { seedStore } from './seed.js';
import type { SeedInput } from './seed-people.js';
import type { Vendor } from './vendor.js';
import { viewApplication } from './views.js';

type Body = Record<string, unknown>;
type Route = (vendor: Vendor, body: Body) => unknown;

/** What a real vendor does not have: everything under /sandbox, without a key. */
const ROUTES: Record<string, Route> = {
  'POST /sandbox/keys': addKey,
  'POST /sandbox/seed': ({ store }, body) => seedStore(store, body as unknown as SeedInput),
  'GET /sandbox/truth': truth,
  'GET /sandbox/writes': ({ store }) => ({ writes: store.extras.writes }),
  'POST /sandbox/edit': (vendor, { resource, id, patch }) => editRecord(vendor, { ...reference(resource, id), patch: patch as Body }),
  'POST /sandbox/delete': (vendor, { resource, id }) => deleteRecord(vendor, reference(resource, id)),
  'POST /sandbox/merge': (vendor, { from, into }) => mergeCandidates(vendor, String(from), String(into)),
  'POST /sandbox/create-candidate': createCandidate,
  'POST /sandbox/forget-tokens': ({ store }) => {
    store.extras.generation = randomUUID();
    store.onChange();
    return { forgotten: true };
  },
  'POST /sandbox/webhooks': addWebhook,
  'DELETE /sandbox/webhooks': ({ store }) => {
    store.extras.webhooks = [];
    store.onChange();
    return { webhooks: [] };
  },
  'POST /sandbox/faults': ({ faults }, body) => faults.add(body),
  'GET /sandbox/faults': ({ faults }) => ({ faults: faults.list() }),
  'DELETE /sandbox/faults': ({ faults }) => {
    faults.clear();
    return { faults: [] };
  },
};

export function serveControl(app: FastifyInstance, vendor: Vendor): void {
  for (const [name, route] of Object.entries(ROUTES)) {
    const [method, url] = name.split(' ') as ['GET' | 'POST' | 'DELETE', string];
    app.route({
      method,
      url,
      handler: async (request, reply) => {
        try {
          return reply.send(route(vendor, bodyOf(request)));
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          return reply.code(error.status === 200 ? 400 : error.status).send({ error: { code: error.code, message: error.message } });
        }
      },
    });
  }
}

function bodyOf({ body }: FastifyRequest): Body {
  try {
    return JSON.parse((body as string | undefined) || '{}') as Body;
  } catch {
    throw new Refusal('not_json', 'the body is not JSON', 400);
  }
}

function reference(resource: unknown, id: unknown): { resource: Resource; id: string } {
  if (!RESOURCES.includes(resource as Resource))
    throw new Refusal('unknown_resource', `resource must be one of ${RESOURCES.join(', ')}`, 400);
  return { resource: resource as Resource, id: String(id) };
}

function addKey({ store }: Vendor, { name = 'hub', permissions = PERMISSIONS }: Body): { key: string } {
  const unknown = (permissions as string[]).find((one) => !PERMISSIONS.includes(one));
  if (unknown !== undefined) throw new Refusal('unknown_permission', `permissions must be among ${PERMISSIONS.join(', ')}`, 400);
  if (store.extras.keys.some((one) => one.name === name)) throw new Refusal('name_taken', 'another key has this name', 409);
  const key = randomUUID().replaceAll('-', '');
  store.extras.keys.push({ key, name: String(name), permissions: permissions as string[], createdAt: new Date().toISOString() });
  store.onChange();
  return { key };
}

function createCandidate({ store }: Vendor, { email, phone, ...rest }: Body) {
  const blank = newCandidate({
    id: randomUUID(),
    at: new Date().toISOString(),
    email: email as string | undefined,
    phone: phone as string | undefined,
  });
  return store.add('candidate', { ...blank, ...rest }).value;
}

/** Subscribers are on this machine only: a simulator has no business elsewhere. */
function addWebhook({ store }: Vendor, { url, secret }: Body): { url: string } {
  const target = URL.canParse(String(url)) ? new URL(String(url)) : undefined;
  if (target?.protocol !== 'http:' || !['127.0.0.1', 'localhost'].includes(target.hostname))
    throw new Refusal('invalid_url', 'url must be http on loopback', 400);
  store.extras.webhooks = [...store.extras.webhooks.filter((one) => one.url !== url), { url: String(url), secret: String(secret ?? '') }];
  store.onChange();
  return { url: String(url) };
}

/** Every record as it truly is, visible to readers yet or not. */
function truth({ store }: Vendor): Body {
  const { bad, merged, deleted, keys } = store.extras;
  const schedules = [...store.rows('interviewSchedule').values()].map(({ value, createdBy }) => ({ ...value, createdBy }));
  return {
    revision: store.revision,
    candidates: store.all('candidate'),
    jobs: store.all('job'),
    applications: store.all('application').map((application) => viewApplication(store, application)),
    interviewPlans: store.all('interviewPlan'),
    interviewStages: store.all('interviewStage'),
    interviewSchedules: schedules,
    archiveReasons: store.extras.archiveReasons,
    keys: keys.map(({ name, permissions }) => ({ name, permissions })),
    bad,
    merged,
    deleted,
  };
}
