import { createHmac, randomUUID } from 'node:crypto';
import { TestApi, type Answer } from '../../../../test/support/api.js';

describe('webhook intake', () => {
  let api: TestApi;
  let connection: string;
  let endpoint: string;
  let admin: string;

  beforeAll(async () => {
    api = await TestApi.open();
    admin = await api.key('admin');
    connection = await api.connect(admin);
    [{ id: endpoint }] = await api.house.rows<{ id: string }>(`SELECT id FROM webhook_endpoint WHERE connection_id = $1`, [connection]);
  });
  afterAll(() => api.close());
  afterEach(() => api.house.rows(`DELETE FROM hint`));

  const signed = (body: string, secret = 'hook-secret'): Record<string, string> => ({
    'x-paper-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  });
  const deliver = (body: object, secret?: string): Promise<Answer> => {
    const text = JSON.stringify(body);
    return api.send(`POST /api/v1/hooks/${endpoint}`, { body: text, headers: signed(text, secret) });
  };
  const stored = (messageId: string): Promise<unknown[]> =>
    api.house.rows(`SELECT message_id FROM inbox WHERE message_id = $1`, [messageId]);
  const hints = (): Promise<{ external_id: string; moved_to: string | null }[]> =>
    api.house.rows(`SELECT external_id, moved_to FROM hint WHERE done_at IS NULL ORDER BY external_id`);
  const refused = async (): Promise<number> =>
    (await api.house.rows<{ refused: number }>(`SELECT refused::int FROM webhook_endpoint WHERE id = $1`, [endpoint]))[0].refused;

  /** Refusals are counted, and secrets read again, about once a second. */
  const counted = (): Promise<void> => new Promise((done) => setTimeout(done, 1_500));

  it('stores before it answers, once per message, and leaves one hint per record', async () => {
    const messageId = randomUUID();
    const body = { messageId, records: [{ id: 'p1' }, { id: 'p1' }, { id: 'p2', movedTo: 'p3' }] };
    const answers = await Promise.all([deliver(body), deliver(body), deliver(body)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await stored(messageId)).toHaveLength(1);
    expect(await hints()).toEqual([
      { external_id: 'p1', moved_to: null },
      { external_id: 'p2', moved_to: 'p3' },
    ]);
  });

  it('keeps the hint of a record that another delivery names again', async () => {
    await deliver({ messageId: randomUUID(), records: [{ id: 'p9', movedTo: 'p8' }] });
    await deliver({ messageId: randomUUID(), records: [{ id: 'p9' }] });
    expect(await hints()).toEqual([{ external_id: 'p9', moved_to: 'p8' }]);
  });

  it('takes hundreds at once that name the same records in any order', async () => {
    const messages = Array.from({ length: 300 }, () => randomUUID());
    const records = Array.from({ length: 12 }, (_, at) => ({ id: `r${at}` }));
    const shuffled = (at: number): { id: string }[] => [...records.slice(at % 12), ...records.slice(0, at % 12)];
    const answers = await Promise.all([...messages, ...messages].map((messageId, at) => deliver({ messageId, records: shuffled(at) })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await api.house.rows(`SELECT count(*)::int AS n FROM inbox WHERE message_id = ANY ($1)`, [messages])).toEqual([{ n: 300 }]);
    expect(await hints()).toHaveLength(12);
  });

  it.each<[string, () => Promise<Answer>, number, string]>([
    ['another secret', () => deliver({ messageId: 'forged' }, 'guessed'), 401, 'UNVERIFIED'],
    ['no signature', () => api.send(`POST /api/v1/hooks/${endpoint}`, { body: { messageId: 'forged' } }), 401, 'UNVERIFIED'],
    ['an unknown endpoint', () => api.send(`POST /api/v1/hooks/${randomUUID()}`, { body: { messageId: 'forged' } }), 404, 'NOT_FOUND'],
    ['a word for an endpoint', () => api.send('POST /api/v1/hooks/x', { body: { messageId: 'forged' } }), 404, 'NOT_FOUND'],
  ])('stores nothing with %s', async (_what, send, status, code) => {
    expect(await send()).toMatchObject({ status, body: { code } });
    expect(await stored('forged')).toEqual([]);
  });

  it('counts what it refused', async () => {
    await counted();
    const before = await refused();
    await Promise.all([deliver({ messageId: 'forged' }, 'guessed'), deliver({ messageId: 'forged' }, 'guessed')]);
    await counted();
    expect(await refused()).toBe(before + 2);
  });

  const changeSecret = (body: { secret: string; keepFormerHours?: number }): Promise<Answer> =>
    api.send(`POST /api/v1/connections/${connection}/webhook-secret`, { key: admin, body });

  it('believes the new secret at once, and the former one no more where that is asked for', async () => {
    await deliver({ messageId: randomUUID() });
    await changeSecret({ secret: 'another-secret', keepFormerHours: 0 });
    expect((await deliver({ messageId: randomUUID() }, 'another-secret')).status).toBe(200);
    expect((await deliver({ messageId: randomUUID() })).status).toBe(401);
    await changeSecret({ secret: 'hook-secret', keepFormerHours: 0 });
    await counted();
  });

  it('believes both secrets while the vendor changes over, and each of several', async () => {
    await changeSecret({ secret: 'one-of-two\ntwo-of-two' });
    for (const secret of ['one-of-two', 'two-of-two', 'hook-secret'])
      expect((await deliver({ messageId: randomUUID() }, secret)).status).toBe(200);
    await changeSecret({ secret: 'hook-secret', keepFormerHours: 0 });
    await counted();
    // What is remembered of the endpoint is read again as soon as something does not verify.
    await deliver({ messageId: randomUUID() }, 'guessed');
    expect((await deliver({ messageId: randomUUID() }, 'one-of-two')).status).toBe(401);
  });

  it('asks for a run where a delivery says that something changed, and not what', async () => {
    const before = await api.house.rows(`SELECT id FROM run WHERE cause = 'webhook' AND kind = 'sync'`);
    await deliver({ messageId: randomUUID(), records: [{}] });
    const runs = await api.house.rows(`SELECT id FROM run WHERE cause = 'webhook' AND kind = 'sync'`);
    expect([runs.length - before.length, await hints()]).toEqual([1, []]);
  });

  it('keeps what is not JSON, or says nothing of a record, for whoever looks for it', async () => {
    const text = 'not json';
    expect((await api.send(`POST /api/v1/hooks/${endpoint}`, { body: text, headers: signed(text) })).status).toBe(200);
    expect(await hints()).toEqual([]);
  });
});
