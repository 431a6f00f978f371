import { CliFailure, problemText, usage, type Problem } from './cli-failure.js';

export interface Target {
  api: string;
  key: string;
}
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}
export type Query = Record<string, string | number | boolean | undefined>;
interface Call {
  method: string;
  path: string;
  query?: Query;
  body?: unknown;
  version?: string;
}

const PAGE = 200;
const TIMEOUT_MS = 60_000;

/** Speaks /api/v1. @throws CliFailure with the problem of the answer */
export class ApiClient {
  constructor(private readonly target: Target) {
    if (!target.key.startsWith('trib_'))
      throw usage(
        'the API key must begin with trib_; a master key is never sent anywhere. Set TRIBUTARY_KEY to an API key, or use --profile.',
      );
  }

  get<Answer>(path: string, query: Query = {}): Promise<Answer> {
    return this.call({ method: 'GET', path, query });
  }

  post<Answer>(path: string, body: unknown = {}, version?: string): Promise<Answer> {
    return this.call({ method: 'POST', path, body, version });
  }

  patch<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.call({ method: 'PATCH', path, body });
  }

  delete<Answer>(path: string, query: Query = {}): Promise<Answer> {
    return this.call({ method: 'DELETE', path, query });
  }

  /** As many items as asked for, over as many pages as that takes. */
  async list<Item>(path: string, query: Query, { limit, cursor }: { limit: number; cursor?: string }): Promise<Page<Item>> {
    const items: Item[] = [];
    for (let from = cursor ?? null; ;) {
      const page: Page<Item> = await this.get(path, { ...query, limit: Math.min(PAGE, limit - items.length), cursor: from ?? undefined });
      items.push(...page.items);
      from = page.nextCursor;
      if (from === null || items.length >= limit) return { items, nextCursor: from };
    }
  }

  private async call<Answer>({ method, path, query = {}, body, version }: Call): Promise<Answer> {
    const url = addressOf(this.target.api, `/api/v1${path}`, query);
    const headers = {
      authorization: `Bearer ${this.target.key}`,
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(version && { 'if-match': `"${version}"` }),
    };
    const answer = await reach(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const said = parsed(await answer.text());
    if (answer.ok) return said as Answer;
    throw refused(said, answer.status);
  }
}

/** GET without a key, for the probes. @throws CliFailure when nothing answers */
export function probe(api: string, path: string): Promise<Response> {
  return reach(addressOf(api, path, {}), { method: 'GET' });
}

function addressOf(api: string, path: string, query: Query): URL {
  if (!/^https?:\/\//.test(api) || !URL.canParse(api))
    throw usage(`"${api}" is not the address of an API; it looks like http://127.0.0.1:3000`);
  const url = new URL(`${api.replace(/\/+$/, '')}${path}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

async function reach(url: URL, init: RequestInit): Promise<Response> {
  try {
    // eslint-disable-next-line no-restricted-globals -- the CLI talks to our own API only, never to a vendor
    return await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
    throw new CliFailure(
      `the API at ${url.origin} cannot be reached (${cause}). Start it (npm run demo), or set TRIBUTARY_API; "tributary doctor" says more.`,
    );
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new CliFailure('the answer is not JSON: TRIBUTARY_API does not point at a Tributary API');
  }
}

function refused(said: unknown, status: number): CliFailure {
  const problem = said as Partial<Problem> | undefined;
  if (typeof problem?.detail !== 'string' || typeof problem.code !== 'string')
    return new CliFailure(`the API answered ${status} without a reason; does TRIBUTARY_API point at a Tributary API?`);
  return new CliFailure(problemText({ ...problem, status } as Problem), undefined, { ...problem, status } as Problem);
}
