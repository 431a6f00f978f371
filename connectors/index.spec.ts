import { readdirSync } from 'node:fs';
import { connectors } from './index.js';

test('the list holds every connector that has a folder, once', () => {
  const folders = readdirSync(__dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(connectors.map(({ id }) => id).sort()).toEqual(folders.map(({ name }) => name).sort());
});

test('what a stream comes after is a stream of the same connector', () => {
  for (const { streams } of connectors)
    for (const { after = [] } of Object.values(streams)) expect(Object.keys(streams)).toEqual(expect.arrayContaining(after));
});
