import { bench } from './mapping.js';

it('measures eleven fields beside code written by hand, plain paths beside JMESPath', async () => {
  const result = await bench();
  process.stdout.write(`${JSON.stringify(result)}\n`);
  expect(result.perSecond).toBeGreaterThan(10_000);
  expect(result.ratio.handWritten).toBeGreaterThan(0);
  expect(result.ratio.jmespath).toBeGreaterThan(1);
});
