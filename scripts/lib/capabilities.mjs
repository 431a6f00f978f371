import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AIOSMTPD, findServer, installServer, RADICALE, XANDIKOS } from './python-server.mjs';
import { findProgram, PROGRAMS } from './temporal.mjs';

/** What this machine has for tests; each is passed on as TRIBUTARY_HAS_<NAME>, and a missing one skips its tests by name. */
export function findCapabilities(root) {
  const has = {
    temporal: program('server', root, 'TEMPORAL_CLI_PATH'),
    temporal_test_server: program('testServer', root, 'TEMPORAL_TEST_SERVER_PATH'),
    radicale: server(RADICALE, root),
    xandikos: server(XANDIKOS, root),
    // Mail needs both: an IMAP server, which pip does not have, and an SMTP server that delivers into it.
    dovecot: isDovecotHere() && server(AIOSMTPD, root),
    vendor_specs: existsSync(join(root, '..', 'shared', 'vendor-specs', 'ashby-openapi.yml')),
  };
  for (const [name, found] of Object.entries(has)) process.env[`TRIBUTARY_HAS_${name.toUpperCase()}`] = found ? '1' : '';
  return has;
}

function isDovecotHere() {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  return /^2\.3\./.test(spawnSync('dovecot', ['--version'], { env, encoding: 'utf8' }).stdout ?? '');
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
