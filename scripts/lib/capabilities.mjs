import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findServer, installServer, RADICALE, XANDIKOS } from './python-server.mjs';
import { findProgram, PROGRAMS } from './temporal.mjs';

/** What this machine has for tests; each is passed on as TRIBUTARY_HAS_<NAME>, and a missing one skips its tests by name. */
export function findCapabilities(root) {
  const has = {
    temporal: program('server', root, 'TEMPORAL_CLI_PATH'),
    temporal_test_server: program('testServer', root, 'TEMPORAL_TEST_SERVER_PATH'),
    radicale: server(RADICALE, root),
    xandikos: server(XANDIKOS, root),
    vendor_specs: existsSync(join(root, '..', 'shared', 'vendor-specs', 'ashby-openapi.yml')),
  };
  for (const [name, found] of Object.entries(has)) process.env[`TRIBUTARY_HAS_${name.toUpperCase()}`] = found ? '1' : '';
  return has;
}

function server(wanted, root) {
  const cache = join(root, '.cache');
  return attempt(wanted.module, () => findServer(wanted, cache) ?? installServer(wanted, cache));
}

function program(which, root, variable) {
  return attempt(which, () => {
    process.env[variable] = findProgram(PROGRAMS[which], { root, download: true });
    return true;
  });
}

function attempt(name, get) {
  try {
    return Boolean(get());
  } catch (error) {
    process.stderr.write(`${name}: ${error.message}\n`);
    return false;
  }
}
