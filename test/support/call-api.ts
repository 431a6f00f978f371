import type { Role } from '#hub/governance';

export interface Answer<Body> {
  status: number;
  body: Body;
}
export type CallApi = <Body>(call: string, options?: { role?: Role; body?: object }) => Promise<Answer<Body>>;

/** Calls the API at `url` as `METHOD /path`, with the key of a role; an admin's where none is named. */
export function callApi(url: () => Promise<string>, keys: Partial<Record<Role, string>>): CallApi {
  return async <Body>(call: string, { role = 'admin', body }: { role?: Role; body?: object } = {}): Promise<Answer<Body>> => {
    const [method, path] = call.split(' ');
    const answer = await fetch(`${await url()}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${keys[role]}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as Body };
  };
}
