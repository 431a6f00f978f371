import 'reflect-metadata';
import { resolve } from 'node:path';
import pino from 'pino';
import { connectors } from '#connectors';
import { createSecrets, parseMasterKey } from '#hub/governance';
import { loadMappings } from '#hub/mapping';
import { Database, loadConfig } from '#hub/persistence';
import { createHub, keepErasureLog, temporalStarter } from '#hub/sync';
import { createApi } from './create-api.js';
import { Readiness } from './health/readiness.js';

/** Starts one API process. It accepts webhooks while Temporal is away; what it could not dispatch, a worker's sweep does. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = pino({ level: config.logLevel, base: { app: 'api' } });
  const database = await Database.open(config.databaseUrl, { poolSize: 20, applicationName: 'tributary-api' });
  const workflows = temporalStarter(config.temporal);
  const hub = createHub({
    database,
    connectors,
    mappings: loadMappings(resolve(config.mappingsDir)),
    secrets: createSecrets(parseMasterKey(config.masterKeyText)),
    workflows,
    installation: { egress: config.egressAllow, ca: config.privateCa, publicUrl: config.api.publicUrl },
  });
  if (config.erasureLog) await keepErasureLog(hub, config.erasureLog);
  const { app, intake } = await createApi(hub, log);
  await app.listen(config.api.port, config.api.host);
  process.stdout.write(`${JSON.stringify({ ready: true, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      app.get(Readiness).draining = true;
      void app
        .close()
        .then(() => intake.drain())
        .then(() => workflows.close())
        .then(() => database.close())
        .then(() => process.exit(0));
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
