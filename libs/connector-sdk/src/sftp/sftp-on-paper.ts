import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Server, utils, type Connection, type SFTPWrapper } from 'ssh2';

const { STATUS_CODE, OPEN_MODE } = utils.sftp;
const PLAIN = 0o100644;

/** An SSH server with a folder in memory, for tests: real protocol on both sides, one user. */
export class SftpOnPaper {
  readonly files = new Map<string, Buffer>();
  /** Paths that nobody may touch. */
  readonly closed = new Set<string>();
  logins = 0;
  /** The next answer never comes. */
  silent = false;
  /** The connection breaks when a file has been renamed, before that is said. */
  dropAfterRename = false;
  hostKey = '';
  port = 0;
  private readonly connections = new Set<Connection>();
  private server?: Server;

  constructor(private readonly access: { user: string; password: string; publicKey?: string }) {}

  async start(): Promise<void> {
    const host = utils.generateKeyPairSync('ed25519');
    const parsed = utils.parseKey(host.public);
    if (parsed instanceof Error) throw parsed;
    this.hostKey = `SHA256:${createHash('sha256').update(parsed.getPublicSSH()).digest('base64').replace(/=+$/, '')}`;
    this.server = new Server({ hostKeys: [host.private] }, (connection) => this.serve(connection));
    await new Promise<void>((done) => this.server?.listen(0, '127.0.0.1', done));
    this.port = (this.server.address() as AddressInfo).port;
  }
  async stop(): Promise<void> {
    this.hangUp();
    await new Promise<void>((done) => this.server?.close(() => done()));
  }
  hangUp(): void {
    for (const connection of this.connections) connection.end();
  }

  private serve(connection: Connection): void {
    this.connections.add(connection);
    connection.on('close', () => this.connections.delete(connection)).on('error', () => undefined);
    connection.on('authentication', (context) => {
      const { user, password, publicKey } = this.access;
      const known = context.username === user;
      if (known && context.method === 'password' && context.password === password) return this.letIn(context);
      if (known && publicKey && context.method === 'publickey') {
        const key = utils.parseKey(publicKey);
        if (key instanceof Error || !context.key.data.equals(key.getPublicSSH())) return context.reject(['password', 'publickey']);
        if (!context.signature || key.verify(context.blob as Buffer, context.signature, context.hashAlgo) === true)
          return this.letIn(context);
      }
      return context.reject(['password', 'publickey']);
    });
    connection.on('session', (accept) => accept().on('sftp', (open) => this.speak(open(), connection)));
  }
  private letIn(context: { accept: () => void }): void {
    this.logins += 1;
    context.accept();
  }

  private speak(sftp: SFTPWrapper, connection: Connection): void {
    const open: { path: string; bytes: Buffer; listed?: boolean; writes: boolean }[] = [];
    const handle = (id: number, path: string, writes: boolean) => {
      open.push({ path, bytes: writes ? Buffer.alloc(0) : (this.files.get(path) ?? Buffer.alloc(0)), writes });
      sftp.handle(id, Buffer.from([open.length - 1]));
    };
    const say = (id: number, status: number) => (this.silent ? undefined : sftp.status(id, status));
    const guarded = (id: number, path: string, work: () => void) =>
      this.closed.has(path) ? say(id, STATUS_CODE.PERMISSION_DENIED) : work();
    const attrs = (path: string) => ({
      mode: PLAIN,
      uid: 0,
      gid: 0,
      size: this.files.get(path)?.length ?? 0,
      atime: 1_780_000_000,
      mtime: 1_780_000_000,
    });
    const stat = (id: number, path: string) => (this.files.has(path) ? sftp.attrs(id, attrs(path)) : say(id, STATUS_CODE.NO_SUCH_FILE));
    sftp.on('OPEN', (id, path, flags) =>
      guarded(id, path, () => {
        if (flags & OPEN_MODE.WRITE) return handle(id, path, true);
        return this.files.has(path) ? handle(id, path, false) : say(id, STATUS_CODE.NO_SUCH_FILE);
      }),
    );
    sftp.on('READ', (id, at, offset, length) => {
      const part = open[at[0]].bytes.subarray(offset, offset + length);
      return part.length > 0 ? sftp.data(id, part) : say(id, STATUS_CODE.EOF);
    });
    sftp.on('WRITE', (id, at, offset, data) => {
      const one = open[at[0]];
      one.bytes = Buffer.concat([one.bytes.subarray(0, offset), data]);
      say(id, STATUS_CODE.OK);
    });
    sftp.on('CLOSE', (id, at) => {
      const one = open[at[0]];
      if (one.writes) this.files.set(one.path, one.bytes);
      say(id, STATUS_CODE.OK);
    });
    sftp.on('STAT', (id, path) => guarded(id, path, () => stat(id, path)));
    sftp.on('LSTAT', (id, path) => guarded(id, path, () => stat(id, path)));
    sftp.on('FSTAT', (id, at) => sftp.attrs(id, attrs(open[at[0]].path)));
    sftp.on('FSETSTAT', (id) => say(id, STATUS_CODE.OK));
    sftp.on('OPENDIR', (id, path) => guarded(id, path, () => handle(id, path, false)));
    sftp.on('READDIR', (id, at) => {
      const one = open[at[0]];
      const inside = [...this.files.keys()].filter((path) => path.slice(0, path.lastIndexOf('/')) === one.path);
      if (one.listed || inside.length === 0) return say(id, STATUS_CODE.EOF);
      one.listed = true;
      sftp.name(
        id,
        inside.map((path) => ({ filename: path.slice(path.lastIndexOf('/') + 1), longname: path, attrs: attrs(path) })),
      );
    });
    sftp.on('RENAME', (id, from, to) =>
      guarded(id, from, () => {
        const bytes = this.files.get(from);
        if (!bytes) return say(id, STATUS_CODE.NO_SUCH_FILE);
        if (this.files.has(to)) return say(id, STATUS_CODE.FAILURE);
        this.files.delete(from);
        this.files.set(to, bytes);
        if (this.dropAfterRename) return void connection.end();
        return say(id, STATUS_CODE.OK);
      }),
    );
    sftp.on('REMOVE', (id, path) => say(id, this.files.delete(path) ? STATUS_CODE.OK : STATUS_CODE.NO_SUCH_FILE));
  }
}
