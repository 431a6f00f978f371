import fastify, { type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { serveApi } from './api.js';
import { serveControl } from './control.js';
import { FaultPanel } from './faults.js';
import { keepSnapshot } from './snapshot-file.js';
import { Store } from './store.js';
import { WebhookSender } from './webhook-sender.js';

export interface SandboxOptions {
  /** 0 or absent: a free one. */
  port?: number;
  /** File that keeps the state across restarts. */
  statePath?: string;
}

/** Starts the simulated ATS on 127.0.0.1. */
export async function startSandbox({ port = 0, statePath }: SandboxOptions = {}): Promise<{ url: string; close: () => Promise<void> }> {
  const store = new Store();
  const file = statePath === undefined ? undefined : keepSnapshot(store, statePath);
  const faults = new FaultPanel();
  const vendor = { store, faults, hooks: new WebhookSender(store, faults) };
  const app = fastify({ forceCloseConnections: true, bodyLimit: 4_000_000 });
  readBodies(app);
  serveControl(app, vendor);
  serveApi(app, vendor);
  await app.listen({ host: '127.0.0.1', port });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const close = async () => {
    vendor.hooks.stop();
    await app.close();
    file?.flush();
  };
  return { url, close };
}

/** Bodies arrive as text: each side parses and refuses them in its own words. */
function readBodies(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => void reply.header('x-tributary-sandbox', '1'));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
}
