/** Recorded histories (.replay-spec) against the workflows of today's bundle. */
module.exports = { ...require('./jest.config.js'), testRegex: '\\.replay-spec\\.ts$', testTimeout: 120_000 };
