import { createHash, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { Client, type SFTPWrapper } from 'ssh2';
import type { Authorization } from '../auth/scheme.js';
import { vetTarget, type EgressRules } from '../egress.js';
import { ConnectorFailure } from '../failure.js';
import type { MailParts } from '../mail/mail-parts.js';
import { turnstile } from '../turnstile.js';
import { sftpFailure } from './sftp-failure.js';
import type { SftpServer } from './sftp-server.js';

export interface SftpFile {
  name: string;
  /** Bytes. */
  size: number;
  /** As the server says it, to the second. */
  modifiedAt: Date;
}
/** Files at an SFTP server, one operation at a time. Paths are the server's, with slashes. */
export interface SftpClient {
  /** The plain files of a folder, by name. */
  list: (folder: string) => Promise<SftpFile[]>;
  read: (path: string) => Promise<Buffer>;
  /** Whole or not at all: written beside, then renamed. What is there already is not replaced: NOT that file's failure, but the server's no. */
  write: (path: string, bytes: Buffer) => Promise<void>;
  move: (from: string, to: string) => Promise<void>;
}
/** What a session keeps between operations. */
export interface SftpConnection {
  client: (parts: MailParts) => SftpClient;
  close: () => void;
}

const TIMEOUT_MS = 60_000;
const MAX_FILE_BYTES = 64 * 1024 * 1024;

interface Open {
  ssh: Client;
  sftp: SFTPWrapper;
  alive: boolean;
}

/** The one connection of a session; made by the first operation, and again by the first after it broke. */
export function sftpConnection(server: SftpServer, guard: { rules: EgressRules }): SftpConnection {
  const turns = turnstile(1);
  let open: Open | undefined;
  const run = async <Result>(parts: MailParts, method: 'GET' | 'PUT', work: (sftp: SFTPWrapper) => Promise<Result>): Promise<Result> => {
    await parts.admit();
    await turns.enter();
    try {
      if (!open?.alive) open = await logIn(server, guard, await parts.authorize());
      return await inTime(work(open.sftp), server);
    } catch (error) {
      const failed = sftpFailure(error as Error);
      // A server that answered no is still there; of one that did not, nothing is known.
      if (failed.reply === undefined) open?.ssh.destroy();
      throw error instanceof ConnectorFailure ? error : await parts.judged(failed, method);
    } finally {
      turns.leave();
    }
  };
  const { maxFileBytes = MAX_FILE_BYTES } = server;
  return {
    client: (parts) => ({
      list: (folder) => run(parts, 'GET', (sftp) => list(sftp, folder)),
      read: (path) => run(parts, 'GET', (sftp) => read(sftp, path, maxFileBytes)),
      async write(path, bytes) {
        await run(parts, 'PUT', (sftp) => write(sftp, path, bytes));
        parts.wrote();
      },
      async move(from, to) {
        await run(parts, 'PUT', (sftp) => done((then) => sftp.rename(from, to, then)));
        parts.wrote();
      },
    }),
    close: () => open?.ssh.end(),
  };
}

async function list(sftp: SFTPWrapper, folder: string): Promise<SftpFile[]> {
  const entries = await answer<{ filename: string; attrs: { size: number; mtime: number; isFile: () => boolean } }[]>((then) =>
    sftp.readdir(folder, then as never),
  );
  return entries
    .filter(({ attrs }) => attrs.isFile())
    .map(({ filename, attrs }) => ({ name: filename, size: attrs.size, modifiedAt: new Date(attrs.mtime * 1_000) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function read(sftp: SFTPWrapper, path: string, most: number): Promise<Buffer> {
  const { size } = await answer<{ size: number }>((then) => sftp.stat(path, then as never));
  if (size > most) throw Object.assign(new Error('too large'), { code: 'TOO_LARGE' });
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stream = sftp.createReadStream(path);
  // A stream that nobody reads any more still tells of a broken connection.
  stream.on('error', () => undefined);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > most) throw Object.assign(new Error('too large'), { code: 'TOO_LARGE' });
  }
  return Buffer.concat(chunks);
}

async function write(sftp: SFTPWrapper, path: string, bytes: Buffer): Promise<void> {
  const beside = `${path}.${randomUUID()}.part`;
  await done((then) => sftp.writeFile(beside, bytes, then));
  try {
    await done((then) => sftp.rename(beside, path, then));
  } catch (error) {
    await done((then) => sftp.unlink(beside, then)).catch(() => undefined);
    throw error;
  }
}

async function logIn(
  { host, port = 22, hostKey, timeoutMs = TIMEOUT_MS }: SftpServer,
  { rules }: { rules: EgressRules },
  { ssh: shown }: Authorization,
): Promise<Open> {
  if (!shown) throw new ConnectorFailure({ code: 'BUG', detail: 'the connector declares no access that an SFTP server understands' });
  const [{ address }] = await vetTarget({ protocol: 'sftp:', host, port }, rules);
  const sock: Socket = connect(port, address);
  const ssh = new Client();
  const keys = { matched: true };
  try {
    await new Promise<void>((ready, fail) => {
      ssh
        .once('ready', ready)
        .once('error', fail)
        .once('close', () => fail(new Error('closed')));
      ssh.connect({
        sock,
        username: shown.user,
        ...('privateKey' in shown ? { privateKey: shown.privateKey, passphrase: shown.passphrase } : { password: shown.password }),
        hostVerifier: (key: Buffer) => (keys.matched = fingerprintOf(key) === hostKey.replace(/=+$/, '')),
        readyTimeout: timeoutMs,
        keepaliveInterval: 15_000,
        keepaliveCountMax: 2,
      });
    });
    const sftp = await answer<SFTPWrapper>((then) => ssh.sftp(then as never));
    sftp.on('error', () => undefined);
    const open: Open = { ssh, sftp, alive: true };
    ssh.on('close', () => (open.alive = false)).on('error', () => (open.alive = false));
    return open;
  } catch (error) {
    ssh.destroy();
    sock.destroy();
    throw keys.matched ? error : Object.assign(new Error('host key'), { code: 'HOST_KEY' });
  }
}

function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

async function inTime<Result>(work: Promise<Result>, { timeoutMs = TIMEOUT_MS }: SftpServer): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function answer<Value>(ask: (then: (error: Error | undefined, value: Value) => void) => void): Promise<Value> {
  return new Promise((tell, fail) => ask((error, value) => (error ? fail(error) : tell(value))));
}
function done(ask: (then: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((tell, fail) => ask((error) => (error ? fail(error) : tell())));
}
