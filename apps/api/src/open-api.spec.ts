import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openApiText } from './open-api-text.js';

describe('docs/openapi.json', () => {
  it('is what the code says; run `npm run generate` after a change', async () => {
    expect(readFileSync(resolve(__dirname, '..', '..', '..', 'docs', 'openapi.json'), 'utf8')).toBe(await openApiText());
  });

  it('says of every operation what it answers and which permission it needs', async () => {
    interface Operation {
      responses: Record<string, { content?: unknown }>;
      'x-permission'?: string;
      security?: unknown[];
    }
    const { paths } = JSON.parse(await openApiText()) as { paths: Record<string, Record<string, Operation>> };
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
    );
    expect(operations.length).toBeGreaterThan(40);
    for (const { name, operation } of operations.filter((one) => !/\/(?:hooks|partners)\//.test(one.name))) {
      const [[status, answer]] = Object.entries(operation.responses).filter(([code]) => code.startsWith('2'));
      expect([name, status === '204' || answer.content !== undefined]).toEqual([name, true]);
      expect([name, operation['x-permission']]).toEqual([name, expect.stringMatching(/^[a-z]+:[a-z]+$/)]);
    }
  });
});
