import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postJson } from './post-json.js';

let server: Server;
let host: string;
let status = 204;
const bodies: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => (bodies.push(body), response.writeHead(status, { location: '/elsewhere' }).end()));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((done) => server.close(done)));

test('a body goes out once, to an allowed address only', async () => {
  await postJson(`http://${host}/hook`, { text: 'ä' }, { egress: [host] });
  expect(bodies).toEqual(['{"text":"ä"}']);
  await expect(postJson(`http://${host}/hook`, {}, { egress: [] })).rejects.toMatchObject({ code: 'CONFIG' });
  await expect(postJson('nowhere', {}, { egress: [] })).rejects.toMatchObject({ code: 'CONFIG' });
  expect(bodies).toHaveLength(1);
});

test.each([[302, 'CONFIG'], [401, 'AUTH'], [500, 'TRANSIENT']])('an answer of %i is a failure', async (answer, code) => {
  status = answer;
  await expect(postJson(`http://${host}/hook`, {}, { egress: [host] })).rejects.toMatchObject({ code, status: answer });
}); // prettier-ignore
