import { randomUUID } from 'node:crypto';
import { openTestDatabase } from '../../../test/support/postgres.js';
import { pgBudget } from './budget.js';
import type { Database } from './database.js';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('pgBudget', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestDatabase(8);
  });
  afterAll(() => database.close());

  it('holds the rate over parallel takers, and does not waste it', async () => {
    const budget = pgBudget(database);
    const account = randomUUID();
    const perSecond = 40;
    const started = Date.now();
    const granted: number[] = [];
    const taker = async (): Promise<void> => {
      while (Date.now() - started < 2500) {
        const waitMs = await budget.take(account, { perSecond });
        if (waitMs === 0) granted.push(Date.now() - started);
        else await sleep(Math.min(waitMs, 50));
      }
    };
    await Promise.all(Array.from({ length: 12 }, taker));
    const seconds = Math.max(...granted) / 1000;
    expect(granted.length).toBeLessThanOrEqual(perSecond + Math.ceil(perSecond * seconds));
    expect(granted.length).toBeGreaterThanOrEqual(perSecond + perSecond * 2.5 * 0.75);
  });

  it('lets exactly one burst through at once', async () => {
    const budget = pgBudget(database);
    const account = randomUUID();
    const waits = await Promise.all(Array.from({ length: 30 }, () => budget.take(account, { perSecond: 5 })));
    expect(waits.filter((wait) => wait === 0).length).toBeGreaterThanOrEqual(5);
    expect(waits.filter((wait) => wait === 0).length).toBeLessThanOrEqual(6);
    for (const wait of waits.filter((ms) => ms > 0)) expect(wait).toBeLessThanOrEqual(200);
  });

  it('says how long to wait below one call a second, and then grants it', async () => {
    const budget = pgBudget(database);
    const account = randomUUID();
    expect(await budget.take(account, { perSecond: 0.5 })).toBe(0);
    const wait = await budget.take(account, { perSecond: 0.5 });
    expect(wait).toBeGreaterThan(1500);
    expect(wait).toBeLessThanOrEqual(2000);
    await sleep(wait + 5);
    expect(await budget.take(account, { perSecond: 0.5 })).toBe(0);
  });

  it('keeps everybody out while blocked, a shorter block never ends a longer one, and no burst follows', async () => {
    const budget = pgBudget(database);
    const account = randomUUID();
    await budget.block(account, 600);
    await budget.block(account, 100);
    const wait = await budget.take(account, { perSecond: 5 });
    expect(wait).toBeGreaterThan(400);
    expect(wait).toBeLessThanOrEqual(600);
    await sleep(wait + 5);
    expect(await budget.take(account, { perSecond: 5 })).toBe(0);
    expect(await budget.take(account, { perSecond: 5 })).toBeGreaterThan(0);
  });

  it('keeps accounts apart', async () => {
    const budget = pgBudget(database);
    await budget.block('blocked account', 60_000);
    expect(await budget.take(randomUUID(), { perSecond: 1 })).toBe(0);
  });

  it('lets so many in at the same time, whoever they are, and others in their turn', async () => {
    const budgets = [pgBudget(database), pgBudget(database)];
    const account = randomUUID();
    let inside = 0;
    let most = 0;
    let served = 0;
    const caller = async (at: number): Promise<void> => {
      for (let calls = 0; calls < 4;) {
        const place = await budgets[at % 2].enter(account, { concurrent: 3 });
        if (!place) {
          await sleep(3);
          continue;
        }
        calls += 1;
        served += 1;
        most = Math.max(most, (inside += 1));
        await sleep(5);
        inside -= 1;
        place.leave();
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, at) => caller(at)));
    expect([most, served]).toEqual([3, 40]);
    expect(await budgets[0].enter(randomUUID(), { concurrent: 1 })).toBeDefined();
  });

  it('gives the place of a holder who died to the next one, and that of a slow one to nobody', async () => {
    const account = randomUUID();
    const slow = await pgBudget(database).enter(account, { concurrent: 2 });
    await database.shared(
      `INSERT INTO vendor_call (account, place, holder, until) SELECT $1, p, gen_random_uuid(), clock_timestamp() + interval '1 second' FROM generate_series(1, 2) p ON CONFLICT DO NOTHING`,
      [account],
    );
    expect(await pgBudget(database).enter(account, { concurrent: 2 })).toBeUndefined();
    await sleep(7_000);
    const next = await pgBudget(database).enter(account, { concurrent: 2 });
    expect(next).toBeDefined();
    expect(await pgBudget(database).enter(account, { concurrent: 2 })).toBeUndefined();
    slow?.leave();
    next?.leave();
  }, 20_000);
});
