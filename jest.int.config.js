/** Integration tests (.int-spec): real PostgreSQL, Radicale, Xandikos, prism. */
module.exports = {
  ...require('./jest.config.js'),
  testRegex: '\\.int-spec\\.ts$',
  globalSetup: '<rootDir>/test/set-up/start-postgres.mjs',
  globalTeardown: '<rootDir>/test/set-up/stop-postgres.mjs',
  testTimeout: 120_000,
};
