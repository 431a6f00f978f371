import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IsString } from 'class-validator';
import { bearer } from '../auth/static-credentials.js';
import { byHttpStatus } from '../classify.js';
import { defineConnector, type ConnectorDefinition, type RawRecord } from '../connector.js';
import { ConnectorFailure } from '../failure.js';
import { downloadFrom } from '../files/download-from.js';
import type { HttpClient } from '../http.js';
import { fileOf } from '../files/file-of.js';
import type { PartnerAnswer, PartnerCall } from '../partners/partner-api.js';
import { receivedStream } from '../partners/received-stream.js';
import type { ConformanceServer } from './harness.js';

/** A vendor on paper: the smallest API that a well-behaved connector can be written for, to prove the suite itself. */
interface Row {
  id: string;
  text: string;
  version: number;
  seq: number;
  deleted: boolean;
  /** What is asked for under its id is answered with this one. */
  mergedInto?: string;
}
const PAGE = 2;
const TOKEN = 'paper-token-1';
const PARTNER_SECRET = 'paper-partner-1';

export async function startPaperVendor(): Promise<ConformanceServer> {
  const rows = new Map<string, Row>();
  let seq = 0;
  const save = (id: string, change: Partial<Row>) => {
    const before = rows.get(id) ?? { id, text: '', version: 0, seq: 0, deleted: false };
    rows.set(id, { ...before, ...change, version: before.version + 1, seq: ++seq });
  };
  ['a', 'b', 'c', 'd', 'e'].forEach((id) => save(id, { text: `row ${id}` }));
  const subscriptions = new Map<string, string>();
  const server = createServer((request, response) => void answer({ request, response, rows, save, subscriptions }));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  let ids = 0;
  const write = (text: string) => ({ body: { text }, changed: ['text'], parents: {} });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    settings: (url) => ({ url }),
    credentials: { token: TOKEN },
    expectAtLeast: 5,
    loseCursor: () => '999999',
    unknownId: 'nobody',
    webhook: { sample: Buffer.from('{"id":"e-1","row":"a"}'), sign },
    partner: {
      calls: ['o1', 'o2', 'o3'].map((id) => ({ route: 'POST /orders' as const, body: { id, text: `order ${id}`, key: PARTNER_SECRET } })),
      sign: () => ({ 'x-paper-key': PARTNER_SECRET }),
      secret: PARTNER_SECRET,
      record: () => undefined,
    },
    async merge() {
      const [from, into] = [`merged-${++ids}`, `kept-${ids}`];
      for (const id of [from, into]) save(id, { text: id });
      save(from, { deleted: true, mergedInto: into });
      return { from, into };
    },
    files: { path: /\/files\// },
    filesInside: true,
    subscriptions: { open: () => [...subscriptions.keys()], tokenOf: (id) => subscriptions.get(id) ?? '' },
    write: {
      create: write,
      update: write,
      newWriteId: () => `w${++ids}`,
      times: { create: (start, end) => write(`${start} ${end}`), read: (payload) => (payload as Row).text.split(' ') },
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

function sign(body: Buffer, secret: string, now: Date): Record<string, string> {
  const seconds = String(now.getTime() / 1_000);
  const signature = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
  return { 'content-type': 'application/json', 'x-paper-signature': `t=${seconds},v1=${signature}` };
}

interface Request {
  request: IncomingMessage;
  response: ServerResponse;
  rows: Map<string, Row>;
  save: (id: string, change: Partial<Row>) => void;
  /** The token of each, by id. */
  subscriptions: Map<string, string>;
}

async function answer({ request, response, rows, save, subscriptions }: Request): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://paper');
  const id = decodeURIComponent(url.pathname.slice(1));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const reply = (status: number, value?: unknown) => void response.writeHead(status).end(value === undefined ? '' : JSON.stringify(value));
  // An address of a file may be used once.
  if (id.startsWith('files/')) return addresses.delete(id) ? void response.writeHead(200).end(`file of ${id.split('/')[1]}`) : reply(403);
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return reply(401);
  if (id.startsWith('addresses/')) {
    const address = `files/${id.split('/')[1]}/${addresses.size + Math.random()}`;
    addresses.add(address);
    return reply(200, { url: `http://${request.headers.host}/${address}` });
  }
  if (id.startsWith('subscriptions'))
    return subscribed({ method: request.method, id: id.split('/')[1], text: Buffer.concat(chunks) }, subscriptions, reply);
  if (id === '') return changes(rows, Number(url.searchParams.get('after') ?? 0), reply);
  if (id === 'merge') {
    const { kept, dropped } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, string>;
    save(dropped, { deleted: true, mergedInto: kept });
    return reply(200, {});
  }
  const asked = rows.get(id);
  const row = asked?.mergedInto === undefined ? asked : rows.get(asked.mergedInto);
  const live = row && !row.deleted;
  if (request.method === 'GET') return live ? reply(200, row) : reply(404);
  if (request.method === 'DELETE') return void (save(id, { deleted: true }), reply(204));
  const condition = request.headers['if-match'];
  const { text } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Row;
  if (condition ? condition !== String(row?.version) : live) return reply(412);
  save(id, { text, deleted: false });
  return reply(201, rows.get(id));
}

const DAY_MS = 86_400_000;
/** POST makes one, PUT confirms one with its token, DELETE ends one. */
function subscribed(
  { method, id, text }: { method?: string; id: string; text: Buffer },
  subscriptions: Map<string, string>,
  reply: (status: number, value?: unknown) => void,
): void {
  if (method === 'DELETE') return reply(subscriptions.delete(id) ? 204 : 404);
  const body = JSON.parse(text.toString('utf8')) as { id: string; token?: string };
  if (method === 'PUT') return reply(body.token === subscriptions.get(id) ? 200 : 422);
  subscriptions.set(body.id, randomUUID());
  return reply(201, { id: body.id, expiresAt: new Date(Date.now() + 3 * DAY_MS) });
}

function changes(rows: Map<string, Row>, after: number, reply: (status: number, value?: unknown) => void): void {
  const all = [...rows.values()].sort((a, b) => a.seq - b.seq);
  if (after > (all.at(-1)?.seq ?? 0)) return reply(410);
  const left = all.filter(({ seq, deleted }) => seq > after && (after > 0 || !deleted));
  const items = left.slice(0, PAGE);
  return reply(200, { items, next: items.at(-1)?.seq ?? after, more: left.length > PAGE });
}

class PaperSettings {
  @IsString() url: string;
}
interface Listing {
  items: Row[];
  next: number;
  more: boolean;
}
const addresses = new Set<string>();
export const toRaw = (row: Row): RawRecord =>
  row.deleted
    ? { externalId: row.id, payload: null, deleted: true }
    : {
        externalId: row.id,
        payload: { id: row.id, text: row.text, ...(row.id === 'b' && { enclosed: enclosedIn(row).sha256 }) },
        version: String(row.version),
        ...(row.id === 'b' && { contents: [enclosedIn(row)] }),
        ...(row.id === 'a' && { files: [{ id: 'f1', filename: 'a.txt', mime: 'text/plain', handle: `handle-${Math.random()}` }] }),
      };
const enclosedIn = ({ text }: Row) =>
  fileOf({ filename: 'enclosed.txt', mime: 'text/plain', bytes: Buffer.from(`enclosed in ${text}`) }).file;
export async function paperAddress(http: HttpClient, externalId: string): Promise<string> {
  return ((await http.get(`/addresses/${encodeURIComponent(externalId)}`)) as { url: string }).url;
}
const drift = () => new ConnectorFailure({ code: 'SCHEMA_DRIFT', detail: 'the answer is not what Paper describes' });
function parseListing(body: unknown): Listing {
  const listing = body as Partial<Listing> | undefined;
  if (!Array.isArray(listing?.items) || typeof listing.next !== 'number') throw drift();
  return listing as Listing;
}
export function parseRow(body: unknown): Row {
  if (typeof (body as Partial<Row> | undefined)?.id !== 'string') throw drift();
  return body as Row;
}
const changed = (status: number) => status === 412;
const pathOf = (id: string) => `/${encodeURIComponent(id)}`;
const SIGNATURE = 'x-paper-signature';

/** An order of a partner: its text as a file. */
export async function takeOrder({ body, received }: PartnerCall<PaperSettings>): Promise<PartnerAnswer> {
  const { id, text } = (typeof body === 'object' && body !== null ? body : {}) as { id?: unknown; text?: unknown };
  if (typeof id !== 'string' || typeof text !== 'string') return { status: 400, body: { error: 'id and text must be texts' } };
  if (await received('orders', id)) return { status: 200, body: { id } };
  const { file, note } = fileOf({ filename: 'order.txt', mime: 'text/plain', bytes: Buffer.from(text) });
  return { status: 200, body: { id }, keep: [{ stream: 'orders', externalId: id, payload: { id, files: [note] }, files: [file] }] };
}

export type PaperConnector = ConnectorDefinition<PaperSettings>;
/** A connector that keeps every rule; proofs take it apart. */
export const paperConnector: PaperConnector = defineConnector<PaperSettings>({
  id: 'paper',
  name: 'Paper',
  category: 'crm',
  settings: PaperSettings,
  auth: bearer({ token: 'token' }),
  http: ({ settings }) => ({ baseUrl: settings.url }),
  throttle: { perSecond: 1_000 },
  account: ({ url }) => url,
  classify: (failure) => (failure.status === 410 ? 'CURSOR_EXPIRED' : byHttpStatus(failure)),
  check: async () => [],
  webhook: {
    verify: {
      kind: 'hmac',
      signature: { header: SIGNATURE, pair: 'v1' },
      timestamp: { header: SIGNATURE, pair: 't', unit: 's', toleranceSeconds: 300 },
      signed: [{ header: SIGNATURE, pair: 't' }, { text: '.' }, 'body'],
      digest: 'sha256',
      encoding: 'hex',
    },
    messageId: [{ field: 'id' }],
    confirmation: { token: { field: 'token' } },
    hints: (body) => {
      const row = (body as { row?: unknown } | null)?.row;
      return typeof row === 'string' ? [{ stream: 'rows', externalId: row }] : [];
    },
  },
  subscription: {
    renewBeforeMs: DAY_MS,
    async create({ http, ...body }) {
      const { id, expiresAt } = (await http.post('/subscriptions', {
        body: { id: body.id, url: body.url, secret: body.secret },
      })) as Record<string, string>;
      return { externalId: id, expiresAt: new Date(expiresAt) };
    },
    async confirm({ http, externalId, token }) {
      await http.request({ method: 'PUT', path: `/subscriptions/${externalId}`, body: { token } });
    },
    async remove({ http, externalId }) {
      await http.request({ method: 'DELETE', path: `/subscriptions/${externalId}`, expect: [404] });
    },
  },
  partnerApi: { verify: { kind: 'shared-token', token: { header: 'x-paper-key' } }, routes: { 'POST /orders': takeOrder } },
  streams: {
    orders: receivedStream({ entity: 'client' }),
    rows: {
      entity: 'candidate',
      cursor: { kind: 'token' },
      deletes: 'tombstone',
      async pull({ http, cursor }) {
        if (cursor !== undefined && !/^\d+$/.test(cursor)) throw new ConnectorFailure({ code: 'CURSOR_EXPIRED' });
        const { items, next, more } = parseListing(await http.get('/', { query: { after: cursor } }));
        return { records: items.map(toRaw), nextCursor: String(next), done: !more };
      },
      async fetch({ http, externalId }) {
        const response = await http.request({ method: 'GET', path: pathOf(externalId), expect: [404] });
        if (response.status === 404) return { state: 'gone' };
        const record = toRaw(parseRow(response.json()));
        return record.externalId === externalId ? { state: 'found', record } : { state: 'moved', movedTo: record.externalId };
      },
      download: ({ http, externalId }) => downloadFrom(http, () => paperAddress(http, externalId)),
      push: {
        effect: 'silent',
        async create({ http, body, writeId }) {
          await http.request({ method: 'PUT', path: pathOf(writeId), body, expect: [412] });
          return { externalId: writeId };
        },
        async update({ http, body, externalId, version }) {
          const { status } = await http.request({
            method: 'PUT',
            path: pathOf(externalId),
            body,
            headers: version ? { 'if-match': version } : {},
            expect: [412],
          });
          if (changed(status)) throw new ConnectorFailure({ code: 'TRANSIENT', status, detail: 'changed meanwhile' });
          return { externalId };
        },
        async remove({ http, externalId }) {
          await http.delete(pathOf(externalId));
        },
        async merge({ http, kept, dropped }) {
          await http.post('/merge', { body: { kept, dropped } });
        },
        guardsVersions: true,
        createsOnce: true,
        find: {
          by: 'writeId',
          visibleWithinMs: 0,
          async search({ http, writeId }) {
            const { status } = await http.request({ method: 'GET', path: pathOf(writeId), expect: [404] });
            return status === 200 ? { externalId: writeId } : undefined;
          },
        },
      },
    },
  },
});
