import pino from 'pino';
import { createApi, type Api } from '../../apps/api/src/create-api.js';
import { bearer, hmac, type Connector } from '#hub/connector-sdk';
import { createApiKey, type Permission, type Role } from '#hub/governance';
import { PaperHub } from '../engine/paper-hub.js';
import { paperConnector, paperMapping, PaperVendor } from '../engine/paper-vendor.js';

export interface Call {
  key?: string;
  body?: unknown;
  headers?: Record<string, string>;
}
export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Record<string, string>;
  text: string;
  body: Body;
}
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  traceId: string;
  errors: { pointer: string; code: string; detail: string }[];
  [more: string]: unknown;
}

const FIELDS = { status: {}, startsAt: {}, location: { wins: 'newest' as const } };

/** The real API on a port of its own, over a real database. `people` is an ATS with a credential, signed webhooks and personal data. */
export class TestApi {
  readonly house: PaperHub;
  readonly api: Api;
  readonly people: PaperVendor;
  /** Lines of the API's log. */
  readonly logged: string[];
  readonly url: string;

  private constructor(parts: Pick<TestApi, 'house' | 'api' | 'people' | 'logged' | 'url'>) {
    ({ house: this.house, api: this.api, people: this.people, logged: this.logged, url: this.url } = parts);
  }

  static async open(): Promise<TestApi> {
    const people = new PaperVendor();
    const logged: string[] = [];
    const house = await PaperHub.open({ connectors: connectorsOver(people), mappings: mappingsOf() });
    const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
    const api = await createApi(house.hub, log);
    await api.app.listen(0, '127.0.0.1');
    return new TestApi({ house, api, people, logged, url: await api.app.getUrl() });
  }

  async close(): Promise<void> {
    await this.api.app.close();
    await this.api.intake.drain();
    await this.house.close();
  }

  async key(role: Role, options: { tenantId?: string; scopes?: Permission[]; expiresAt?: Date } = {}): Promise<string> {
    return (await this.keyRow(role, options)).key;
  }
  keyRow(
    role: Role,
    { tenantId = this.house.tenantId, ...rest }: { tenantId?: string; scopes?: Permission[]; expiresAt?: Date } = {},
  ): Promise<{ id: string; key: string }> {
    return this.house.hub.database.inTenant(tenantId, (tx) => createApiKey(tx, { name: `test ${role}`, role, ...rest }));
  }

  /** Sends `body` as JSON, or as it is when it is text or bytes. */
  async send<Body = Record<string, unknown>>(route: string, { key, body, headers = {} }: Call = {}): Promise<Answer<Body>> {
    const [method, path] = route.split(' ');
    const asIs = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: asIs ? (body as string | undefined) : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text, body: jsonOf(text) as Body };
  }

  /** Creates a connection as a person does. */
  async connect(key: string, name = 'People'): Promise<string> {
    const answer = await this.send<{ id: string }>('POST /api/v1/connections', {
      key,
      body: { connector: 'people', name, settings: {}, credentials: { apiToken: 'the-vendor-token', webhookSecret: 'hook-secret' } },
    });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body.id;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface HookBody {
  records?: { stream?: string; id: string; movedTo?: string }[];
}

function connectorsOver(people: PaperVendor): Connector[] {
  const plain = paperConnector('people', 'ats', {
    candidates: { entity: 'candidate', vendor: people },
    meetings: { entity: 'interview', vendor: new PaperVendor() },
  });
  const webhook: Connector['webhook'] = {
    verify: hmac({ header: 'x-paper-signature', digest: 'sha256', encoding: 'hex', prefix: 'sha256=' }),
    messageId: [{ field: 'messageId' }],
    hints: (body) =>
      ((body as HookBody).records ?? []).map(({ stream = 'candidates', id, movedTo }) => ({
        stream,
        externalId: id,
        ...(movedTo && { movedTo }),
      })),
  };
  return [{ ...plain, auth: bearer({ token: 'apiToken' }), webhook } as Connector];
}

function mappingsOf(): ReturnType<typeof paperMapping>[] {
  const refuse = (record: Record<string, unknown>): ReturnType<NonNullable<Parameters<typeof paperMapping>[0]['refuse']>> =>
    record.broken === true
      ? [
          {
            code: 'INVALID_VALUE',
            field: 'displayName',
            pointer: '/broken',
            message: 'broken must not be true; mend it',
            blocksOnlyField: false,
          },
        ]
      : [];
  return [
    paperMapping({
      connector: 'people',
      stream: 'candidates',
      into: 'candidate',
      fields: { displayName: {}, firstName: {}, lastName: {}, headline: {} },
      refuse,
    }),
    paperMapping({ connector: 'people', stream: 'meetings', into: 'interview', fields: FIELDS }),
  ];
}
