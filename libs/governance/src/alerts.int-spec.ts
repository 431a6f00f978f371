import { randomUUID } from 'node:crypto';
import type { Database, TenantTx } from '#hub/persistence';
import { createTestTenant, openTestDatabase } from '../../../test/support/postgres.js';
import { closeAlert, raiseAlert, type Alert, type AlertSink } from './alerts.js';
import { deliverAlerts } from './deliver-alerts.js';
import { evaluateAlerts } from './evaluate-alerts.js';

describe('alerts', () => {
  let database: Database;
  let tenant: string;
  let connection: string;
  let stream: string;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    tenant = await createTestTenant(database);
    [connection, stream] = [randomUUID(), randomUUID()];
    await inTenant((tx) =>
      tx.query(`INSERT INTO connection (tenant_id, id, connector, name, category, account) VALUES ($1, $2, 'x', 'Ashby', 'ats', 'a')`, [
        tenant,
        connection,
      ]),
    );
    await inTenant((tx) =>
      tx.query(
        `INSERT INTO stream (tenant_id, id, connection_id, name, object, mapping) VALUES ($1, $2, $3, 'interviews', 'interview', 'm')`,
        [tenant, stream, connection],
      ),
    );
  });
  const inTenant = <Result>(work: (tx: TenantTx) => Promise<Result>): Promise<Result> => database.inTenant(tenant, work);
  const open = (): Promise<{ kind: string; subject: string; who_acts: string; message: string }[]> =>
    inTenant((tx) => tx.query('SELECT kind, subject, who_acts, message FROM alert WHERE closed_at IS NULL ORDER BY fingerprint'));
  const evaluate = (rules: Parameters<typeof evaluateAlerts>[1] = { itemAgeHours: 24 }): Promise<object> =>
    inTenant((tx) => evaluateAlerts(tx, rules));
  const item = async (code: string, input: { hours: number; ref?: string; state?: string }): Promise<string> => {
    const [group, id] = [randomUUID(), randomUUID()];
    await inTenant(async (tx) => {
      await tx.query(
        `INSERT INTO error_group (tenant_id, id, fingerprint, connection_id, stage, code, message) VALUES ($1, $2, $3, $4, 'map', $5, 'm')`,
        [tenant, group, randomUUID(), connection, code],
      );
      await tx.query(
        `INSERT INTO error_item (tenant_id, id, group_id, connection_id, stream_id, stage, code, trace_key, message, ref, state, opened_at)
         VALUES ($1, $2, $3, $4, $5, 'map', $6, $7, 'Jane Canary <jane@canary.test>', $8, $9, now() - make_interval(hours => $10))`,
        [tenant, id, group, connection, stream, code, randomUUID(), input.ref ?? null, input.state ?? 'open', input.hours],
      );
    });
    return id;
  };

  it('opens one for a connection without credentials, and closes it when it is reconnected', async () => {
    await inTenant((tx) => tx.query(`UPDATE connection SET status = 'paused', status_code = 'AUTH'`));
    expect([await evaluate(), await evaluate()]).toEqual([
      { opened: 1, closed: 0 },
      { opened: 0, closed: 0 },
    ]);
    expect(await open()).toEqual([
      expect.objectContaining({
        kind: 'auth',
        subject: 'Ashby',
        who_acts: 'ops',
        message: expect.stringContaining('"Ashby" is paused') as string,
      }),
    ]);
    await inTenant((tx) => tx.query(`UPDATE connection SET status = 'active', status_code = NULL`));
    expect(await evaluate()).toEqual({ opened: 0, closed: 1 });
    await inTenant((tx) => tx.query(`UPDATE connection SET status = 'paused', status_code = 'AUTH'`));
    expect(await evaluate()).toEqual({ opened: 1, closed: 0 });
  });

  it('says nothing of a connection that a person paused, or that was deleted', async () => {
    await inTenant((tx) => tx.query(`UPDATE connection SET status = 'paused'`));
    expect(await evaluate()).toEqual({ opened: 0, closed: 0 });
    await inTenant((tx) => tx.query(`UPDATE connection SET status_code = 'AUTH', deleted_at = now()`));
    expect(await evaluate()).toEqual({ opened: 0, closed: 0 });
  });

  it('sends a stopped stream to whom its class belongs', async () => {
    await inTenant((tx) => tx.query(`UPDATE stream SET status = 'stopped', status_code = 'BUG'`));
    await evaluate();
    expect(await open()).toEqual([expect.objectContaining({ kind: 'stream-stopped', subject: 'Ashby: interviews', who_acts: 'it' })]);
    await inTenant((tx) => tx.query(`UPDATE stream SET status = 'active', status_code = NULL`));
    expect(await evaluate()).toEqual({ opened: 0, closed: 1 });
  });

  it('sends a stream that the brake holds, but none that a person paused', async () => {
    await inTenant((tx) => tx.query(`UPDATE stream SET status = 'paused'`));
    expect(await evaluate()).toEqual({ opened: 0, closed: 0 });
    await inTenant((tx) => tx.query(`UPDATE stream SET status_code = 'BRAKE'`));
    expect(await evaluate()).toEqual({ opened: 1, closed: 0 });
  });

  it('gathers ageing items by class, names them by reference number and never by person', async () => {
    await item('INVALID_VALUE', { hours: 30, ref: 'A-00000001' });
    await item('INVALID_VALUE', { hours: 50, ref: 'A-00000002' });
    await item('INVALID_VALUE', { hours: 2, ref: 'A-TOOYOUNG' });
    await item('INVALID_VALUE', { hours: 99, ref: 'A-RESOLVED', state: 'resolved' });
    const nameless = await item('CONFLICT', { hours: 25 });
    expect(await evaluate()).toEqual({ opened: 2, closed: 0 });
    const alerts = await open();
    expect(alerts.map(({ kind, subject, who_acts }) => [kind, subject, who_acts])).toEqual([
      ['ageing-items', `interview ${nameless}`, 'admin'],
      ['ageing-items', 'A-00000002, A-00000001', 'ops'],
    ]);
    expect(alerts[1].message).toBe(
      '2 records of connection "Ashby" parked as INVALID_VALUE, the oldest for 50 h: A-00000002, A-00000001. ops must act in the error queue.',
    );
    expect(JSON.stringify(alerts)).not.toMatch(/canary/i);
    await inTenant((tx) => tx.query(`UPDATE error_item SET state = 'resolved', resolved_at = now() WHERE code = 'CONFLICT'`));
    expect(await evaluate()).toEqual({ opened: 0, closed: 1 });
  });

  it('takes a threshold by class', async () => {
    await item('STAGE_UNMAPPED', { hours: 5 });
    await item('DRIFT', { hours: 5 });
    expect(await evaluate({ itemAgeHours: { default: 24, STAGE_UNMAPPED: 4 } })).toEqual({ opened: 1, closed: 0 });
    expect((await open())[0].message).toContain('STAGE_UNMAPPED');
  });

  it('names five items at most', async () => {
    for (let n = 0; n < 8; n += 1) await item('DRIFT', { hours: 40 - n, ref: `J-${n}` });
    await evaluate();
    expect((await open())[0].message).toContain('J-0, J-1, J-2, J-3, J-4 and 3 more');
  });

  it('raises one per fingerprint also under a race, and again after it closed', async () => {
    const cause = { fingerprint: 'f', kind: 'auth' as const, subject: 's', whoActs: 'ops' as const, message: 'm' };
    const raised = await Promise.all(Array.from({ length: 5 }, () => inTenant((tx) => raiseAlert(tx, cause))));
    expect(raised.filter(Boolean)).toHaveLength(1);
    expect([
      await inTenant((tx) => closeAlert(tx, 'f')),
      await inTenant((tx) => closeAlert(tx, 'f')),
      await inTenant((tx) => raiseAlert(tx, cause)),
    ]).toEqual([true, false, true]);
  });

  describe('deliverAlerts', () => {
    const later = (seconds: number): Date => new Date(Date.now() + seconds * 1000);
    const recorder = (outcome: () => void = () => undefined): AlertSink & { seen: Alert[] } => {
      const seen: Alert[] = [];
      return {
        seen,
        send: async (alert) => {
          seen.push(alert);
          outcome();
        },
      };
    };
    const refuse = (): never => {
      throw Object.assign(new Error('jane@canary.test refused'), { code: 'ECONNREFUSED' });
    };
    beforeEach(() => inTenant((tx) => raiseAlert(tx, { fingerprint: 'f', kind: 'auth', subject: 's', whoActs: 'ops', message: 'm' })));

    it('sends once', async () => {
      const sink = recorder();
      expect(await inTenant((tx) => deliverAlerts(tx, sink, later(1)))).toEqual({ sent: 1, failed: 0, reasons: [] });
      expect(await inTenant((tx) => deliverAlerts(tx, sink, later(9999)))).toEqual({ sent: 0, failed: 0, reasons: [] });
      expect(sink.seen).toEqual([
        {
          id: expect.any(String) as string,
          fingerprint: 'f',
          kind: 'auth',
          subject: 's',
          whoActs: 'ops',
          message: 'm',
          openedAt: expect.any(Date) as Date,
        },
      ]);
    });

    it('tries again with growing pauses until the sink accepts', async () => {
      expect(await inTenant((tx) => deliverAlerts(tx, recorder(refuse), later(1)))).toEqual({
        sent: 0,
        failed: 1,
        reasons: ['ECONNREFUSED'],
      });
      expect(await inTenant((tx) => deliverAlerts(tx, recorder(), later(10)))).toMatchObject({ sent: 0, failed: 0 });
      expect(await inTenant((tx) => deliverAlerts(tx, recorder(refuse), later(31)))).toMatchObject({ failed: 1 });
      expect(await inTenant((tx) => deliverAlerts(tx, recorder(), later(60)))).toMatchObject({ sent: 0, failed: 0 });
      expect(await inTenant((tx) => deliverAlerts(tx, recorder(), later(91)))).toMatchObject({ sent: 1 });
    });

    it('sends again after a crash between the sink and the commit', async () => {
      const sink = recorder();
      await expect(
        inTenant(async (tx) => {
          await deliverAlerts(tx, sink, later(1));
          throw new Error('crash');
        }),
      ).rejects.toThrow('crash');
      await inTenant((tx) => deliverAlerts(tx, sink, later(1)));
      expect(sink.seen.map(({ id }) => id)).toEqual([sink.seen[0].id, sink.seen[0].id]);
    });

    it('never sends one alert from two processes at the same time', async () => {
      const sink: AlertSink & { seen: number } = {
        seen: 0,
        send: async () => {
          sink.seen += 1;
          await new Promise((resolve) => setTimeout(resolve, 100));
        },
      };
      await Promise.all(Array.from({ length: 4 }, () => inTenant((tx) => deliverAlerts(tx, sink, later(1)))));
      expect(sink.seen).toBe(1);
    });

    it('does not send what closed before it was sent', async () => {
      await inTenant((tx) => closeAlert(tx, 'f'));
      expect(await inTenant((tx) => deliverAlerts(tx, recorder(), later(1)))).toMatchObject({ sent: 0 });
    });
  });
});
