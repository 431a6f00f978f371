import { bench } from './mapping.js';

it('maps eleven fields at least a quarter as fast as code written by hand', async () => {
  const result = await bench();
  process.stdout.write(`${JSON.stringify(result)}\n`);
  expect(result.perSecond).toBeGreaterThan(10_000);
  expect(result.ratio.handWritten).toBeGreaterThanOrEqual(0.25);
});
