import fastify from 'fastify';
import { Pool } from 'pg';

/** What most people would write first: one INSERT per delivery, answered once it is committed. No signature, no deduplication, no hints. */
async function main(): Promise<void> {
  const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
  await pool.query(
    `CREATE TABLE IF NOT EXISTS naive_intake (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL, received_at timestamptz NOT NULL DEFAULT now())`,
  );
  const server = fastify();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.post('/hooks', async (request, reply) => {
    await pool.query('INSERT INTO naive_intake (body) VALUES ($1)', [request.body]);
    return reply.header('content-type', 'application/json').send('{"received":true}');
  });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
