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
});
