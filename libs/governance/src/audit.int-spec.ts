import type { Database } from '#hub/persistence';
import { createTestTenant, openTestDatabase } from '../../../test/support/postgres.js';
import { recordAudit, withoutSecrets } from './audit.js';

describe('withoutSecrets', () => {
  it('drops what must not be kept, at any depth and however it is spelled', () => {
    const entry = {
      name: 'n',
      credentials: { token: 'x' },
      list: [{ 'api-key': 'x', ok: 1 }],
      webhook_secret: 'x',
      nested: { Password: 'x', deep: { refreshToken: 'x', left: true } },
      Authorization: 'x',
    };
    expect(withoutSecrets(entry)).toEqual({ name: 'n', list: [{ ok: 1 }], nested: { deep: { left: true } } });
  });
  it('keeps the names of credentials, dates as text, and nothing that jsonb refuses', () => {
    expect(withoutSecrets({ credentialFields: ['token'], at: new Date(0), text: 'a\0b\ud800' })).toEqual({
      credentialFields: ['token'],
      at: '1970-01-01T00:00:00.000Z',
      text: 'ab\ufffd',
    });
  });
});

describe('recordAudit', () => {
  let database: Database;
  let tenant: string;
  beforeAll(async () => {
    database = await openTestDatabase();
    tenant = await createTestTenant(database);
  });
  afterAll(() => database.close());
  const trail = (): Promise<unknown[]> =>
    database.inTenant(tenant, (tx) =>
      tx.query('SELECT actor_kind, actor_id, action, subject_kind, subject_id, before, after, request_id FROM audit'),
    );
  const entry = { actor: { kind: 'api-key' as const, id: 'k1' }, action: 'connection.update', subject: { kind: 'connection', id: 'c1' } };

  it('lives and dies with the transaction of what it records', async () => {
    await expect(
      database.inTenant(tenant, async (tx) => {
        await recordAudit(tx, entry);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await trail()).toEqual([]);
    await database.inTenant(tenant, (tx) =>
      recordAudit(tx, { ...entry, before: { name: 'a', token: 'canary' }, after: 'b', requestId: 'r1' }),
    );
    expect(await trail()).toEqual([
      {
        actor_kind: 'api-key',
        actor_id: 'k1',
        action: 'connection.update',
        subject_kind: 'connection',
        subject_id: 'c1',
        before: { name: 'a' },
        after: 'b',
        request_id: 'r1',
      },
    ]);
  });
});
