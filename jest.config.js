const esm = { swcrc: false, module: { type: 'commonjs' }, jsc: { target: 'es2023', parser: { syntax: 'ecmascript' } } };

/** Unit tests (.spec): no database, no server but their own. */
module.exports = {
  testEnvironment: 'node',
  rootDir: __dirname,
  roots: ['apps', 'libs', 'connectors', 'test', 'scripts'].map((room) => `<rootDir>/${room}`),
  testRegex: '\\.spec\\.(ts|mjs)$',
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/', '<rootDir>/.demo/'],
  transform: { '^.+\\.ts$': ['@swc/jest'], '(node_modules|scripts)/.+\\.m?js$': ['@swc/jest', esm] },
  transformIgnorePatterns: ['/node_modules/(?!(@nestjs|content-disposition|any-ascii|double-metaphone|iso-3166|iso-639-3|jose)/)'],
  // Relative imports name the file that the build makes; the sources beside the tests end in .ts.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['<rootDir>/jest.env.cjs'],
  testTimeout: 30_000,
};
