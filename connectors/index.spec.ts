import { readdirSync } from 'node:fs';
import { certificates, connectors } from './index.js';

test('the list holds every connector that has a folder, once', () => {
  const folders = readdirSync(__dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(connectors.map(({ id }) => id).sort()).toEqual(folders.map(({ name }) => name).sort());
});

test('what a stream comes after is a stream of the same connector', () => {
  for (const { streams } of connectors)
    for (const { after = [] } of Object.values(streams)) expect(Object.keys(streams)).toEqual(expect.arrayContaining(after));
});

test('every connector has a certificate, and none that says it failed', () => {
  expect(certificates.map(({ connector }) => connector)).toEqual(connectors.map(({ id }) => id));
  for (const { level, runs } of certificates) {
    expect(level).not.toBe('none');
    for (const { failed } of runs) expect(failed).toEqual({});
  }
});
