import dns from 'node:dns';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { egressRules, forbiddenRange, vetTarget } from './egress.js';
import { createTransport, type NoAnswer } from './transport.js';

/** Spellings of loopback, private, link-local, metadata, translated, tunnelled and reserved addresses. */
const FORBIDDEN = [
  '127.0.0.1', '127.1', '127.0.1', '127.255.255.254', '2130706433', '0x7f000001', '0x7f.1', '0x7f.0.0.1', '017700000001', '0177.0.0.1', '0177.1',
  '127.0.0.1.', 'localhost', 'LOCALHOST', 'localhost.', '0', '0.0.0.0', '0x0', '00000000000',
  '10.0.0.1', '10.255.255.255', '0xa.0.0.1', '012.0.0.1', '167772161', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.1', '3232235777', '0xc0a80001',
  '169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.254.1', '168.63.129.16', '2822734096', '100.100.100.200', '100.64.0.1', '192.0.0.192',
  '192.0.2.1', '198.51.100.7', '203.0.113.9', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255',
  '[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[::ffff:0:127.0.0.1]', '[::ffff:10.0.0.1]', '[::ffff:8.8.8.8]',
  '[64:ff9b::127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2002:a00:1::1]', '[2001:0:7f00:1::1]',
  '[fe80::1]', '[fec0::1]', '[fc00::1]', '[fd00:ec2::254]', '[fd20:ce::254]', '[ff02::1]', '[2001:db8::1]', '[3fff::1]', '[100::1]', '[5f00::1]', '[4000::1]',
  '１２７.０.０.１', '127。0。0。1', '⑫⑦.0.0.1',
]; // prettier-ignore

let canary: Server;
let port: number;
let connections = 0;
beforeAll(async () => {
  canary = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  // All interfaces: whatever spelling gets through to this machine must be seen.
  await new Promise<void>((done) => canary.listen({ port: 0, host: '::' }, done).once('error', () => canary.listen(0, '0.0.0.0', done)));
  port = (canary.address() as AddressInfo).port;
});
afterAll(() => new Promise((done) => canary.close(done)));
beforeEach(() => (connections = 0));

async function call(url: string, options: Partial<Parameters<typeof createTransport>[0]>): Promise<NoAnswer | undefined> {
  const transport = createTransport({ egress: [], ...options });
  const request = { method: 'GET', url: new URL(url), headers: {}, timeoutMs: 2_000, maxBodyBytes: 1_000 };
  return transport.send(request).then(
    () => undefined,
    (error: NoAnswer) => error,
  ).finally(() => transport.close()); // prettier-ignore
}

test('the corpus is no toy', () => expect(new Set(FORBIDDEN).size).toBeGreaterThanOrEqual(60));

test.each(FORBIDDEN)('%s is refused before a connection is made', async (host) => {
  // The canary's port is opened for public addresses, so that only the address rules stand in the way.
  const refusal = await call(`https://${host}:${port}/`, { rules: egressRules([], [port]) });
  expect(refusal).toMatchObject({ sent: false });
  expect(['EGRESS_REFUSED', 'ENOTFOUND', 'EAI_AGAIN']).toContain(refusal?.errno);
  expect(connections).toBe(0);
});

test('the raw spelling is refused at the socket too, without the normalising of URLs', async () => {
  const rules = egressRules([], [443]);
  for (const host of FORBIDDEN.filter((one) => /^[\x20-\x7e]+$/.test(one) && !/localhost|\.$/i.test(one))) {
    await expect(
      vetTarget({ protocol: 'https:', host, port: 443 }, rules, async () => [{ address: '127.0.0.1', family: 4 }]),
    ).rejects.toThrow(/refused range/);
  }
});

test('an entry opens exactly its host and port, for plain http too', async () => {
  const open = await call(`http://127.0.0.1:${port}/`, { egress: [`127.0.0.1:${port}`] });
  expect([open?.errno, connections]).toEqual(['ECONNRESET', 1]);
  for (const url of [`http://127.0.0.2:${port}/`, `http://localhost:${port}/`, `http://[::1]:${port}/`]) {
    expect(await call(url, { egress: [`127.0.0.1:${port}`] })).toMatchObject({ errno: 'EGRESS_REFUSED' });
  }
  expect(await call(`http://127.0.0.1:${port}/`, { egress: [`127.0.0.1:${port + 1}`] })).toMatchObject({ errno: 'EGRESS_REFUSED' });
  expect(connections).toBe(1);
});

test('no environment relaxes the guard, and no proxy variable is followed', async () => {
  const kept = { ...process.env };
  Object.assign(process.env, {
    NODE_ENV: 'development',
    HTTP_PROXY: `http://127.0.0.1:${port}`,
    HTTPS_PROXY: `http://127.0.0.1:${port}`,
    http_proxy: `http://127.0.0.1:${port}`,
  });
  expect(await call(`http://127.0.0.1:${port}/`, {})).toMatchObject({ errno: 'EGRESS_REFUSED' });
  expect(await call('https://198.51.100.7/', {})).toMatchObject({ errno: 'EGRESS_REFUSED' });
  process.env = kept;
  expect(connections).toBe(0);
});

test('public addresses: https on its ports only, no credentials in the address', async () => {
  const rules = egressRules([]);
  const at = (protocol: string, onPort: number) => vetTarget({ protocol, host: '8.8.8.8', port: onPort }, rules);
  await expect(at('https:', 443)).resolves.toEqual([{ address: '8.8.8.8', family: 4 }]);
  await expect(at('http:', 80)).rejects.toThrow(/allow-list/);
  await expect(at('https:', 22)).rejects.toThrow(/allow-list/);
  expect(await call('https://user:pw@8.8.8.8/', {})).toMatchObject({
    errno: 'EGRESS_REFUSED',
    message: 'an address must not carry credentials',
  });
});

test('one bad address among the answers of DNS refuses the name; a name never reaches link-local, even when allowed', async () => {
  const answers =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const target = { protocol: 'https:', host: 'vendor.example', port: 443 };
  await expect(vetTarget(target, egressRules([]), answers('93.184.216.34', '2606:2800:220:1::1'))).resolves.toHaveLength(2);
  await expect(vetTarget(target, egressRules([]), answers('93.184.216.34', '10.0.0.1'))).rejects.toThrow(/private/);
  await expect(vetTarget(target, egressRules([]), answers())).rejects.toThrow(/no address/);
  await expect(vetTarget(target, egressRules(['vendor.example:443']), answers('10.0.0.1'))).resolves.toHaveLength(1);
  await expect(vetTarget(target, egressRules(['vendor.example:443']), answers('169.254.169.254'))).rejects.toThrow(/linkLocal/);
});

test('entries must be host:port; spellings of an address are one', () => {
  for (const bad of ['localhost', 'http://a:80', 'a:b', 'a@b:1', '::1:80', '']) {
    expect(() => egressRules([bad])).toThrow(/host:port/);
  }
  expect(egressRules(['[::1]:80', '0x7f.1:81', 'LocalHost:82']).allow).toEqual(new Set(['::1:80', '127.0.0.1:81', 'localhost:82']));
  expect(forbiddenRange('2606:4700::1111')).toBeUndefined();
});

test('the name is resolved once: a second answer cannot rebind the connection', async () => {
  const lookup = jest.spyOn(dns, 'lookup') as unknown as jest.SpyInstance;
  lookup.mockImplementation((_host: string, _options: object, done: (error: null, found: dns.LookupAddress[]) => void) => {
    done(null, [{ address: lookup.mock.calls.length > 1 ? '10.0.0.1' : '127.0.0.1', family: 4 }]);
  });
  expect(await call(`http://rebind.test:${port}/`, { egress: [`rebind.test:${port}`] })).toMatchObject({ errno: 'ECONNRESET' });
  expect([lookup.mock.calls.length, connections]).toEqual([1, 1]);
  lookup.mockRestore();
});
