import tseslint from 'typescript-eslint';

const network = [
  { name: 'axios', message: 'vendors are reached through the connector-sdk transport only' },
  ...['node:http', 'node:https', 'http', 'https'].map((name) => ({
    name,
    message: 'vendors are reached through the connector-sdk transport only',
  })),
];
const noFetch = { 'no-restricted-globals': ['error', { name: 'fetch', message: 'no guard: use the connector-sdk transport' }] };

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '.cache/**', '.demo/**', 'test/histories/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      'no-console': 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
      'max-params': 'off',
      'no-restricted-imports': ['error', { paths: network }],
      ...noFetch,
    },
  },
  // The one place that opens a socket to a vendor.
  { files: ['libs/connector-sdk/**/*.ts'], rules: { 'no-restricted-imports': 'off' } },
  // Names the type of an incoming request; opens nothing.
  { files: ['apps/api/src/create-api.ts'], rules: { 'no-restricted-imports': 'off' } },
  // Nest reads the types of constructor parameters at run time, so their imports must stay values.
  { files: ['apps/**/*.ts'], rules: { '@typescript-eslint/consistent-type-imports': 'off' } },
  // Workflows run in Temporal's sandbox: values only from siblings.
  {
    files: ['libs/sync/src/workflows/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', '@nestjs/*', 'typeorm', 'pg', 'axios', '#hub/*'],
              allowTypeImports: true,
              message: 'a value import would break the workflow bundle',
            },
          ],
        },
      ],
    },
  },
  {
    files: [
      '**/*.spec.ts',
      '**/*-spec.ts',
      'test/**/*.ts',
      'connectors/*/{conformance,real-servers,simulator}.ts',
      'libs/connector-sdk/src/conformance/broken-fakes.ts',
      'apps/sandbox/**/*.ts',
    ],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-imports': 'off' },
  },
);
