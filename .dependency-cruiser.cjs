const lib = (name) => `^libs/${name}/`;
/** from may reach only these libs (and itself). */
const arrow = (from, allowed, reason) => ({
  name: `${from}-arrows`,
  comment: reason,
  severity: 'error',
  from: { path: lib(from), pathNot: 'spec\\.ts$' },
  to: { path: '^(libs|apps|connectors|test)/', pathNot: [lib(from), ...allowed.map(lib)] },
});

module.exports = {
  forbidden: [
    arrow('canonical', [], 'the words of the domain depend on nothing'),
    arrow('mapping', ['canonical'], 'pure: values in, values out'),
    arrow('identity', ['canonical'], 'pure: values in, values out'),
    arrow('connector-sdk', ['canonical'], 'the outside knows neither the database nor the engine'),
    arrow('persistence', ['canonical'], 'the only place with typeorm and pg'),
    arrow('governance', ['canonical', 'persistence'], 'trust is kept over the database'),
    arrow(
      'sync',
      ['canonical', 'mapping', 'identity', 'connector-sdk', 'persistence', 'governance'],
      'the engine uses every lib and no app',
    ),
    {
      name: 'connectors-stand-alone',
      comment: 'a connector knows one vendor and nothing else',
      severity: 'error',
      from: { path: '^connectors/([^/]+)/', pathNot: '(spec|conformance)\\.ts$' },
      to: { path: '^(libs|apps|connectors)/', pathNot: ['^connectors/$1/', lib('connector-sdk'), lib('canonical')] },
    },
    {
      name: 'only-processes-see-connectors',
      comment: 'libs get the registry handed to createHub',
      severity: 'error',
      from: { path: '^(libs|apps/cli)/', pathNot: 'spec\\.ts$' },
      to: { path: '^connectors/' },
    },
    {
      name: 'database-drivers-in-persistence',
      comment: 'one place speaks SQL drivers',
      severity: 'error',
      from: { path: '^(apps|libs|connectors)/', pathNot: ['^libs/persistence/', 'spec\\.ts$'] },
      to: { path: 'node_modules/(pg|typeorm|pg-copy-streams)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'axios-in-sdk',
      comment: 'one place opens sockets to vendors, behind the guard',
      severity: 'error',
      from: { path: '^(apps|libs|connectors)/', pathNot: ['^libs/connector-sdk/', 'spec\\.ts$'] },
      to: { path: 'node_modules/axios/' },
    },
    {
      name: 'no-nest-in-libs',
      comment: 'Nest is for processes; libs are plain functions',
      severity: 'error',
      from: { path: '^(libs|connectors)/' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'no-cycles',
      comment: 'one direction',
      severity: 'error',
      from: { path: '^(apps|connectors|libs/(canonical|mapping|identity|connector-sdk|governance))/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist', '\\.mjs$'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
