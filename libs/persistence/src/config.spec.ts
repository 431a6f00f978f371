import { type ConfigError, loadConfig } from './config.js';

const GOOD = { DATABASE_URL: 'postgres://app@127.0.0.1/tributary', TEMPORAL_ADDRESS: '127.0.0.1:7233', TRIBUTARY_KEY: 'x' };
const faultsOf = (environment: Record<string, string>): string[] => {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
};

test.each([
  ['https://hub.example.com/', 'https://hub.example.com'],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ['https://example.com/hub/', 'https://example.com/hub'],
  ['', undefined],
])('API_PUBLIC_URL %j is read as %j', (text, read) => expect(loadConfig({ ...GOOD, API_PUBLIC_URL: text }).api.publicUrl).toBe(read));

test.each(['hub.example.com', 'ftp://hub.example.com', 'https://user:pass@hub.example.com', 'https://hub.example.com/?a=b'])(
  'API_PUBLIC_URL %s is refused by name',
  (text) => expect(faultsOf({ ...GOOD, API_PUBLIC_URL: text })).toEqual([expect.stringContaining('API_PUBLIC_URL')]),
);

test('everything that is wrong is said at once', () =>
  expect(faultsOf({ DATABASE_URL: 'mysql://x', API_PORT: 'many' })).toEqual(
    expect.arrayContaining([
      expect.stringContaining('TEMPORAL_ADDRESS'),
      expect.stringContaining('DATABASE_URL'),
      expect.stringContaining('API_PORT'),
    ]),
  ));
