import { utils } from 'ssh2';
import { sshAccess } from '../auth/ssh.js';
import { defineConnector, type ConnectorContext, type PulledPage } from '../connector.js';
import { memoryBudget, memoryTokens } from '../memory-ports.js';
import { fileQueue } from '../protocols/sftp/file-queue.js';
import { openSession, type ConnectorSession, type SessionOptions } from '../session.js';
import { bySftpReply } from './sftp-failure.js';
import { SftpOnPaper } from './sftp-on-paper.js';

class Drop {
  hostKey: string;
}
type Work = (context: ConnectorContext<Drop>) => Promise<unknown>;

describe('an SFTP server', () => {
  const person = utils.generateKeyPairSync('ed25519');
  const server = new SftpOnPaper({ user: 'hub', password: 'pass-word-1', publicKey: person.public });
  const sessions: ConnectorSession[] = [];
  beforeAll(() => server.start());
  afterEach(() => {
    for (const session of sessions.splice(0)) session.close();
    server.files.clear();
    server.closed.clear();
    Object.assign(server, { silent: false, dropAfterRename: false });
  });
  afterAll(() => server.stop());

  const PASSWORD = { auth: sshAccess({ username: 'user', password: 'password' }), tokens: { user: 'hub', password: 'pass-word-1' } };
  function open(
    work: Work,
    {
      access = PASSWORD,
      hostKey = server.hostKey,
      timeoutMs = 20_000,
      ...options
    }: { access?: typeof PASSWORD; hostKey?: string; timeoutMs?: number } & Partial<SessionOptions> = {},
  ): ConnectorSession {
    const act = async (context: ConnectorContext<Drop>) => (await work(context)) as never;
    const drop = defineConnector<Drop>({
      id: 'drop',
      name: 'Drop',
      category: 'hris',
      settings: Drop,
      auth: access.auth,
      sftp: () => ({ host: '127.0.0.1', port: server.port, hostKey, timeoutMs, maxFileBytes: 100_000 }),
      throttle: { perSecond: 1_000 },
      account: () => 'drop',
      classify: bySftpReply,
      check: async () => [],
      streams: {
        people: {
          entity: 'candidate',
          cursor: { kind: 'token' },
          deletes: 'none',
          pull: act,
          fetch: act,
          push: { effect: 'silent', create: act, find: { by: 'none', visibleWithinMs: 0 } },
        },
        files: {
          entity: 'candidate',
          deletes: 'none',
          fetch: async () => ({ state: 'gone' }),
          ...fileQueue<Drop>({
            folder: () => '/in',
            done: () => '/done',
            matches: /\.csv$/,
            records: ({ name, bytes }) =>
              bytes
                .toString()
                .split('\n')
                .map((line) => ({ externalId: line.split(',')[0], payload: { name, line } })),
          }),
        },
      },
    });
    const session = openSession(drop, {
      settings: {},
      tokens: memoryTokens({ ...access.tokens }),
      budget: memoryBudget(),
      egress: [`127.0.0.1:${server.port}`],
      now: () => new Date('2026-12-01T10:00:00Z'),
      ...options,
    });
    sessions.push(session);
    return session;
  }
  const doing = (work: Work, options?: Parameters<typeof open>[1]): Promise<unknown> => open(work, options).pull('people', {});

  it('is listed, read and written, over one connection', async () => {
    server.files.set('/in/b.csv', Buffer.from('zweite Datei: Zoë 🚀'));
    const before = server.logins;
    const seen = await doing(async ({ sftp }) => {
      await sftp.write('/in/a.csv', Buffer.alloc(90_000, 'x'));
      const files = await sftp.list('/in');
      return { names: files.map(({ name, size }) => [name, size]), text: (await sftp.read('/in/b.csv')).toString() };
    });
    expect(seen).toEqual({
      names: [
        ['a.csv', 90_000],
        ['b.csv', Buffer.byteLength('zweite Datei: Zoë 🚀')],
      ],
      text: 'zweite Datei: Zoë 🚀',
    });
    expect(server.files.get('/in/a.csv')?.length).toBe(90_000);
    expect(server.logins).toBe(before + 1);
  });

  it('is logged in to with a private key', async () => {
    const access = { auth: sshAccess({ username: 'user', privateKey: 'key' }), tokens: { user: 'hub', key: person.private } };
    expect(await doing(({ sftp }) => sftp.list('/in'), { access: access as never })).toEqual([]);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    [
      'a wrong password',
      'AUTH',
      () => doing(({ sftp }) => sftp.list('/in'), { access: { ...PASSWORD, tokens: { user: 'hub', password: 'guessed' } } }),
    ],
    ['another host key', 'CONFIG', () => doing(({ sftp }) => sftp.list('/in'), { hostKey: 'SHA256:somebodyelse' })],
    ['a server that is not on the list of private ones', 'CONFIG', () => doing(({ sftp }) => sftp.list('/in'), { egress: [] })],
    ['a file that is not there', 'NOT_FOUND', () => doing(({ sftp }) => sftp.read('/in/none'))],
    ['a file that may not be read', 'PERMISSION', () => (server.closed.add('/in/closed'), doing(({ sftp }) => sftp.read('/in/closed')))],
    [
      'a file that is too large',
      'INVALID_VALUE',
      () => (server.files.set('/in/big', Buffer.alloc(100_001)), doing(({ sftp }) => sftp.read('/in/big'))),
    ],
    [
      'a server that does not answer',
      'TRANSIENT',
      () => ((server.silent = true), doing(({ sftp }) => sftp.read('/in/none'), { timeoutMs: 3_000 })),
    ],
  ])('%s is %s, and tells no secret', async (_, code, work) => {
    const failure = await work().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect(JSON.stringify(failure)).not.toMatch(/pass-word|PRIVATE/);
  });

  it('is connected to anew after it hung up', async () => {
    const session = open(({ sftp }) => sftp.list('/in'));
    await session.pull('people', {});
    server.hangUp();
    await new Promise((later) => setTimeout(later, 50));
    await expect(session.pull('people', {})).resolves.toEqual([]);
  });

  it('keeps what is there, and leaves nothing beside it', async () => {
    server.files.set('/out/a.csv', Buffer.from('theirs'));
    await expect(doing(({ sftp }) => sftp.write('/out/a.csv', Buffer.from('ours')))).rejects.toMatchObject({ code: 'TRANSIENT' });
    expect([...server.files]).toEqual([['/out/a.csv', Buffer.from('theirs')]]);
  });

  it('says of a write whose answer is lost that nobody knows', async () => {
    server.dropAfterRename = true;
    const session = open(({ sftp }) => sftp.write('/out/b.csv', Buffer.from('ours')));
    const failure = await session.create('people', { body: {}, changed: [], writeId: 'w', parents: {} }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'UNKNOWN_OUTCOME', outcomeUnknown: true });
    expect(server.files.has('/out/b.csv')).toBe(true);
  });

  it('is a queue of files: each is read, and moved away when the next is asked for', async () => {
    server.files.set('/in/2.csv', Buffer.from('p3,Cem'));
    server.files.set('/in/1.csv', Buffer.from('p1,Ada\np2,Bob'));
    server.files.set('/in/3.csv.part', Buffer.from('half'));
    const session = open(async () => undefined);
    const pages: PulledPage[] = [];
    for (let cursor: string | undefined; pages.length < 5 && !pages.at(-1)?.done; cursor = pages.at(-1)?.nextCursor)
      pages.push(await session.pull('files', { cursor }));
    expect(pages.map(({ records }) => records.map(({ externalId }) => externalId))).toEqual([['p1', 'p2'], ['p3'], []]);
    const AT = '2026-12-01T10-00-00.000Z';
    expect([...server.files.keys()].sort()).toEqual([`/done/${AT} 1.csv`, `/done/${AT} 2.csv`, '/in/3.csv.part']);
  });

  it('reads a file again when the process ended before its records were stored', async () => {
    server.files.set('/in/1.csv', Buffer.from('p1,Ada'));
    const first = await open(async () => undefined).pull('files', {});
    const again = await open(async () => undefined).pull('files', {});
    expect(again.records).toEqual(first.records);
  });
});
