/** Workflow tests (.workflow-spec): the time-skipping server. */
module.exports = { ...require('./jest.config.js'), testRegex: '\\.workflow-spec\\.ts$', testTimeout: 120_000 };
