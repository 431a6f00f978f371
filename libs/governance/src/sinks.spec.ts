import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Alert, AlertSink } from './alerts.js';
import { everySink } from './every-sink.js';
import { smtpSink } from './smtp-sink.js';
import { webhookSink } from './webhook-sink.js';

const alert: Alert = {
  id: '6f1c',
  fingerprint: 'f',
  kind: 'auth',
  subject: 'Ashby',
  whoActs: 'ops',
  message: 'Connection "Ashby" is paused.',
  openedAt: new Date(0),
};

/** The smallest server that a mail client believes (RFC 5321): one message, or a refusal of every recipient. */
function smtpServer(mails: string[], refuse: boolean): Server {
  return createServer((socket: Socket) => {
    let data: string | undefined;
    let pending = '';
    socket.on('error', () => undefined);
    socket.write('220 test ESMTP\r\n');
    socket.on('data', (chunk) => {
      pending += chunk.toString();
      for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        if (data !== undefined) {
          if (line !== '.') {
            data += `${line}\n`;
            continue;
          }
          mails.push(data);
          data = undefined;
          socket.write('250 ok\r\n');
        } else if (line === 'DATA') {
          data = '';
          socket.write('354 go on\r\n');
        } else if (line === 'QUIT') socket.end('221 bye\r\n');
        else if (line.startsWith('RCPT') && refuse) socket.write('550 no such user\r\n');
        else socket.write('250 ok\r\n');
      }
    });
  });
}

describe('smtpSink', () => {
  let server: Server;
  const mails: string[] = [];
  const start = async (refuse: boolean): Promise<string> => {
    mails.length = 0;
    server = smtpServer(mails, refuse);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
    });

  it('mails an alert to everybody named', async () => {
    const url = await start(false);
    await smtpSink({ url, from: 'hub@example.test', to: ['ops@example.test', 'it@example.test'] }).send(alert);
    await stop();
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatch(/^To: ops@example\.test, it@example\.test$/m);
    expect(mails[0]).toMatch(/^Subject: \[Tributary\] ops: Ashby$/m);
    expect(mails[0]).toMatch(/^Message-ID: <6f1c@tributary>$/im);
    expect(mails[0]).toContain('Connection "Ashby" is paused.');
  });

  it('takes several addresses in one text, and sends from the first', async () => {
    const url = await start(false);
    await smtpSink({ url, to: 'ops@example.test, it@example.test' }).send(alert);
    await stop();
    expect(mails[0]).toMatch(/^From: ops@example\.test$/m);
    expect(mails[0]).toMatch(/^To: ops@example\.test, it@example\.test$/m);
  });

  it('rejects when the server refuses, and when there is none', async () => {
    const url = await start(true);
    const sink = smtpSink({ url, from: 'hub@example.test', to: ['ops@example.test'] });
    await expect(sink.send(alert)).rejects.toThrow();
    await stop();
    await expect(sink.send(alert)).rejects.toThrow(/ECONNREFUSED/);
    expect(mails).toEqual([]);
  });
});

describe('everySink', () => {
  it('gives an alert to all, also past one that refuses, and then asks for another try', async () => {
    const seen: string[] = [];
    const good = (name: string): AlertSink => ({
      send: async () => {
        seen.push(name);
      },
    });
    const bad: AlertSink = { send: () => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' })) };
    await everySink([good('a'), good('b')]).send(alert);
    await expect(everySink([bad, good('c')]).send(alert)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(seen).toEqual(['a', 'b', 'c']);
  });
});

describe('webhookSink', () => {
  it('posts the alert as JSON and passes a refusal on', async () => {
    const posted: unknown[] = [];
    await webhookSink(async (url, body) => {
      posted.push([url, body]);
    }, 'https://hook.test/x').send(alert);
    expect(posted).toEqual([
      [
        'https://hook.test/x',
        {
          id: '6f1c',
          kind: 'auth',
          subject: 'Ashby',
          whoActs: 'ops',
          message: 'Connection "Ashby" is paused.',
          openedAt: '1970-01-01T00:00:00.000Z',
        },
      ],
    ]);
    await expect(webhookSink(() => Promise.reject(new Error('503')), 'https://hook.test/x').send(alert)).rejects.toThrow('503');
  });
});
