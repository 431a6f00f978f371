import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer, type AddressInfo } from 'node:net';

export interface MailServers {
  imapPort: number;
  imapsPort: number;
  /** Absent where only reading is tried. */
  smtpPort?: number;
  /** Folder of a user's mail. */
  maildir: (user: string) => string;
  stop: () => Promise<void>;
}
export interface MailServerOptions {
  users: Record<string, string>;
  /** IMAP capabilities to advertise instead of all that the server has. */
  capability?: string;
  smtp?: boolean;
  /** Where tokens are asked about (RFC 7662), for SASL with a token. */
  introspection?: string;
  /** Paths of a certificate and its key: the IMAP server then speaks TLS, on a port of its own and by STARTTLS. */
  tls?: { cert: string; key: string };
}
const ROOT = process.cwd();
const isRoot = process.getuid?.() === 0;

/** A real Dovecot on loopback, and a real SMTP server (aiosmtpd) that delivers into its mailboxes. */
export async function startMailServers({ users, capability, smtp = false, introspection, tls }: MailServerOptions): Promise<MailServers> {
  const folder = mkdtempSync(join(tmpdir(), 'mail-'));
  const [imapPort, imapsPort] = [await freePort(), await freePort()];
  const nobody = isRoot ? idsOf('nobody') : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  spawnSync('chmod', ['0755', folder]);
  mkdirSync(join(folder, 'home'));
  chownSync(join(folder, 'home'), nobody.uid, nobody.gid);
  const passwords = Object.entries(users).map(([user, password]) => `${user}:{PLAIN}${password}::::::\n`);
  writeFileSync(join(folder, 'users'), passwords.join(''), { mode: 0o644 });
  if (introspection)
    writeFileSync(
      join(folder, 'oauth2.conf'),
      `introspection_url = ${introspection}\nintrospection_mode = post\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n`,
    );
  writeFileSync(join(folder, 'dovecot.conf'), configuration({ folder, imapPort, imapsPort, nobody, capability, introspection, tls }));
  const dovecot = spawn('dovecot', ['-F', '-c', join(folder, 'dovecot.conf')], {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  const maildir = (user: string) => join(folder, 'home', user, 'Maildir');
  const python = smtp ? startSmtp({ users, homes: join(folder, 'home'), ...nobody }) : undefined;
  const children = [dovecot, ...(python ? [python.child] : [])];
  const stop = async () => {
    await Promise.all(children.map(ended));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await listening(imapPort, dovecot);
    return { imapPort, imapsPort, smtpPort: await python?.port, maildir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Configured {
  folder: string;
  imapPort: number;
  imapsPort: number;
  nobody: { uid: number; gid: number };
  capability?: string;
  introspection?: string;
  tls?: MailServerOptions['tls'];
}
function configuration({ folder, imapPort, imapsPort, nobody, capability, introspection, tls }: Configured): string {
  const own = isRoot
    ? []
    : [
        `default_internal_user = ${userInfo().username}`,
        `default_login_user = ${userInfo().username}`,
        `default_internal_group = ${spawnSync('id', ['-gn'], { encoding: 'utf8' }).stdout.trim()}`,
      ];
  const noChroot = isRoot ? '' : 'chroot =';
  return [
    ...own,
    `base_dir = ${folder}/run`,
    `state_dir = ${folder}/state`,
    'log_path = /dev/null',
    'protocols = imap',
    'listen = 127.0.0.1',
    ...(tls ? ['ssl = yes', `ssl_cert = <${tls.cert}`, `ssl_key = <${tls.key}`] : ['ssl = no']),
    'disable_plaintext_auth = no',
    `auth_mechanisms = plain login${introspection ? ' xoauth2 oauthbearer' : ''}`,
    `mail_location = maildir:~/Maildir`,
    `mail_uid = ${nobody.uid}`,
    `mail_gid = ${nobody.gid}`,
    'first_valid_uid = 1',
    'first_valid_gid = 1',
    'mail_fsync = never',
    'auth_failure_delay = 0',
    'mail_max_userip_connections = 1000',
    ...(capability ? [`imap_capability = ${capability}`] : []),
    `passdb {\n driver = passwd-file\n args = scheme=PLAIN ${folder}/users\n}`,
    ...(introspection ? [`passdb {\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = ${folder}/oauth2.conf\n}`] : []),
    `userdb {\n driver = static\n args = uid=${nobody.uid} gid=${nobody.gid} home=${folder}/home/%u\n}`,
    'namespace inbox {\n inbox = yes\n separator = /\n mailbox Sent {\n auto = create\n special_use = \\Sent\n }\n mailbox Archive {\n auto = create\n special_use = \\Archive\n }\n}',
    `service imap-login {\n ${noChroot}\n process_min_avail = 1\n service_count = 0\n inet_listener imap {\n address = 127.0.0.1\n port = ${imapPort}\n }\n inet_listener imaps {\n port = ${tls ? imapsPort : 0}\n ssl = yes\n address = 127.0.0.1\n }\n}`,
    // A wrong password makes its address wait, and all tests have the same address.
    `service anvil {\n ${noChroot}\n unix_listener anvil-auth-penalty {\n mode = 0\n }\n}`,
    ...(isRoot ? [] : ['service stats {\n chroot =\n}']),
    '',
  ].join('\n');
}

function startSmtp(options: object): { child: ChildProcess; port: Promise<number> } {
  const env = { ...process.env, PYTHONPATH: [join(ROOT, '.cache/aiosmtpd'), process.env.PYTHONPATH].filter(Boolean).join(delimiter) };
  const child = spawn('python3', ['-W', 'ignore', join(ROOT, 'test/servers/smtp-server.py'), JSON.stringify(options)], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = new Promise<number>((done, fail) => {
    createInterface({ input: child.stdout }).once('line', (line) => done(Number(line)));
    child.once('exit', (code) => fail(new Error(`the SMTP server ended with code ${code}`)));
  });
  port.catch(() => undefined);
  return { child, port };
}

function idsOf(user: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const answered = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1', () => socket.once('data', () => (socket.destroy(), done(true))));
      socket.on('error', () => done(false));
    });
    if (answered) return;
    await new Promise((later) => setTimeout(later, 50));
  }
  throw new Error('Dovecot did not start');
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = child.exitCode === null ? new Promise((done) => child.once('exit', done)) : undefined;
  child.kill('SIGTERM');
  await gone;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
