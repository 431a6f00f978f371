import { connect, createServer } from 'node:net';

const WRITES = {
  batch: /INSERT INTO batch /,
  claim: /UPDATE outbox o SET state/,
  receipt: /UPDATE outbox SET state = 'sent'/,
  confirmation: /UPDATE outbox SET state = 'confirmed'/,
};

/**
 * Stands between a worker and PostgreSQL. Armed, it lets the next COMMIT of a transaction of that kind reach the server, swallows the
 * server's answer and cuts the connection: the work is done and nobody was told.
 */
export async function startCommitProxy(port) {
  const proxy = { armed: undefined, struck: 0, sockets: new Set() };
  const server = createServer((client) => pipe(proxy, client, connect(port, '127.0.0.1')));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: server.address().port,
    get struck() {
      return proxy.struck;
    },
    arm: (kind) => (proxy.armed = WRITES[kind]),
    disarm: () => (proxy.armed = undefined),
    stop: async () => {
      for (const socket of proxy.sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
export const COMMITS = Object.keys(WRITES);

function pipe(proxy, client, server) {
  const transaction = { text: '', swallows: false };
  const end = () => (client.destroy(), server.destroy());
  for (const socket of [client, server]) {
    proxy.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', end);
    socket.on('close', () => (proxy.sockets.delete(socket), end()));
  }
  client.on('data', (chunk) => {
    watch(proxy, transaction, chunk.toString('latin1'));
    server.write(chunk);
  });
  server.on('data', (chunk) => {
    if (!transaction.swallows) return void client.write(chunk);
    if (chunk.toString('latin1').includes('COMMIT')) end();
  });
}

function watch(proxy, transaction, text) {
  if (/START TRANSACTION|BEGIN/.test(text)) transaction.text = '';
  if (proxy.armed) transaction.text = (transaction.text + text).slice(-200_000);
  if (!/COMMIT\0/.test(text) || !proxy.armed?.test(transaction.text)) return;
  proxy.armed = undefined;
  proxy.struck += 1;
  transaction.swallows = true;
}
