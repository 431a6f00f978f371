/** Speaks to the API and the sandbox as a person with curl would. */
export function hubClient({ api, key, sandbox }) {
  const call = async (method, path, body) => {
    const answer = await fetch(`${api}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    const parsed = text === '' ? undefined : JSON.parse(text);
    if (answer.ok) return parsed;
    throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${parsed?.detail ?? text}`), {
      status: answer.status,
      problem: parsed,
    });
  };
  const vendor = async (method, path, body) => {
    const answer = await fetch(`${sandbox}/sandbox${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`sandbox ${path}: ${answer.status}`);
    return answer.json();
  };
  const all = async (path) => {
    const items = [];
    for (let cursor; ;) {
      const page = await call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=200${cursor ? `&cursor=${cursor}` : ''}`);
      items.push(...page.items);
      if (!page.nextCursor) return items;
      cursor = page.nextCursor;
    }
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body = {}) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    del: (path) => call('DELETE', path),
    all,
    vendor,
  };
}

export async function until(what, test, { seconds = 120, everyMs = 250 } = {}) {
  for (const end = Date.now() + seconds * 1_000; ;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Nothing queued, running or due: what was asked for has happened. */
export async function untilQuiet(hub, options) {
  const busy = async () => {
    const states = await Promise.all([
      ...['queued', 'running'].map((state) => hub.get(`/runs?state=${state}&limit=1`)),
      ...['pending', 'sending', 'unknown', 'sent'].map((state) => hub.get(`/outbox?state=${state}&limit=1`)),
    ]);
    return states.some((page) => page.items.length > 0);
  };
  await until(
    'runs and writes at rest',
    async () => !(await busy()) && (await new Promise((resolve) => setTimeout(resolve, 300)), !(await busy())),
    options,
  );
}

/** Asks for reconciliation of everything and waits for its result. */
export async function reconcile(hub, options) {
  const { runs } = await hub.post('/reconcile');
  const ids = runs.flatMap((run) => run.runId ?? []);
  await until(
    'reconciliation',
    async () => (await Promise.all(ids.map((id) => hub.get(`/runs/${id}`)))).every((run) => !['queued', 'running'].includes(run.state)),
    options,
  );
  const failed = (await Promise.all(ids.map((id) => hub.get(`/runs/${id}`)))).filter((run) => run.state !== 'done');
  if (failed.length > 0 || runs.some((run) => run.answer === 'rejected')) {
    const why = [...failed.map((run) => run.failureDetail ?? run.state), ...runs.flatMap((run) => run.reason ?? [])];
    throw new Error(`not everything could be reconciled: ${[...new Set(why)].join('; ')}`);
  }
  return hub.get('/reconciliation');
}
