/** End to end (.e2e-spec): the built processes, PostgreSQL, Temporal, Radicale and the sandbox. */
module.exports = { ...require('./jest.config.js'), testRegex: '\\.e2e-spec\\.ts$', testTimeout: 300_000 };
