import { ImapFlow } from 'imapflow';
import type { Authorization } from '../auth/scheme.js';
import { ConnectorFailure } from '../failure.js';
import { turnstile } from '../turnstile.js';
import { imapFailure } from './mail-failure.js';
import { MAX_MESSAGE_BYTES, PATIENCE, TIMEOUT_MS, vetServer, type MailServer } from './mail-server.js';
import type { MailParts } from './mail-parts.js';

/** The mailbox's connection: opened, logged in, and one piece of work at a time. */
export interface ImapClient {
  /** @throws ConnectorFailure, whatever goes wrong inside that is the server's */
  use: <Result>(work: (flow: ImapFlow) => Promise<Result>) => Promise<Result>;
  /** The same for work that changes the mailbox: when its answer is lost, the outcome is unknown. */
  change: <Result>(work: (flow: ImapFlow) => Promise<Result>) => Promise<Result>;
  /** A connection of its own for as long as it takes, so that what else is to be done need not wait for it. Ends when `signal` says so. */
  listen: (work: (flow: ImapFlow) => Promise<void>, signal: AbortSignal) => Promise<void>;
  /** Of a larger message only so much is read. */
  maxMessageBytes: number;
}

/** What a session keeps between operations. */
export interface ImapConnection {
  client: (parts: MailParts) => ImapClient;
  close: () => void;
}

/** The one connection of a session; it is made by the first operation, and again by the first after it broke. */
export function imapConnection(server: MailServer, guard: Parameters<typeof vetServer>[2]): ImapConnection {
  const turns = turnstile(1);
  let open: ImapFlow | undefined;
  const flowFor = async (parts: MailParts): Promise<ImapFlow> => {
    if (!open?.usable) open = await logIn(server, guard, parts);
    return open;
  };
  const run = async <Result>(parts: MailParts, input: { work: (flow: ImapFlow) => Promise<Result>; wrote: boolean }): Promise<Result> => {
    await parts.admit();
    await turns.enter();
    try {
      const flow = await flowFor(parts);
      return await inTime(flow, input.work, server);
    } catch (error) {
      // Half an answer may still be under way: what comes next begins on a connection of its own.
      open?.close();
      throw error instanceof ConnectorFailure ? error : await parts.judged(imapFailure(error as Error), input.wrote ? 'APPEND' : 'FETCH');
    } finally {
      turns.leave();
    }
  };
  const listen = async (parts: MailParts, work: (flow: ImapFlow) => Promise<void>, signal: AbortSignal): Promise<void> => {
    await parts.admit();
    let flow: ImapFlow | undefined;
    const end = () => flow?.close();
    signal.addEventListener('abort', end);
    try {
      flow = await logIn(server, guard, parts);
      if (!signal.aborted) await work(flow);
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof ConnectorFailure ? error : await parts.judged(imapFailure(error as Error), 'IDLE');
    } finally {
      signal.removeEventListener('abort', end);
      flow?.close();
    }
  };
  return {
    client: (parts) => ({
      listen: (work, signal) => listen(parts, work, signal),
      use: (work) => run(parts, { work, wrote: false }),
      change: (work) => run(parts, { work, wrote: true }),
      maxMessageBytes: server.maxMessageBytes ?? MAX_MESSAGE_BYTES,
    }),
    close: () => open?.close(),
  };
}

/** Well below the 29 minutes after which servers may hang up (RFC 2177): a line that died silently is found out. */
const MAX_IDLE_MS = 4 * 60_000;

/** A refused token is renewed once; a refused password stays refused. */
async function logIn(server: MailServer, guard: Parameters<typeof vetServer>[2], parts: MailParts): Promise<ImapFlow> {
  const shown = await parts.authorize();
  try {
    return await connected(server, guard, shown);
  } catch (error) {
    const refused = (error as { authenticationFailed?: boolean }).authenticationFailed === true;
    if (!refused || !(await parts.renew?.(shown))) throw error;
    return connected(server, guard, await parts.authorize());
  }
}

async function connected(server: MailServer, guard: Parameters<typeof vetServer>[2], { sasl }: Authorization): Promise<ImapFlow> {
  if (!sasl) throw new ConnectorFailure({ code: 'BUG', detail: 'the connector declares no access that a mail server understands' });
  const timeoutMs = server.timeoutMs ?? TIMEOUT_MS;
  const most = (server.maxMessageBytes ?? MAX_MESSAGE_BYTES) * 2;
  const flow = new ImapFlow({
    ...(await vetServer('imap', server, guard)),
    auth: { user: sasl.user, ...('token' in sasl ? { accessToken: sasl.token } : { pass: sasl.password }) },
    doSTARTTLS: server.security === 'starttls',
    logger: false,
    qresync: true,
    disableAutoIdle: true,
    maxIdleTime: MAX_IDLE_MS,
    clientInfo: { name: 'Tributary' },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    maxLineLength: most,
    maxLiteralSize: most,
    maxResponseSize: most * 2,
  });
  // Said of every broken connection besides the failing call, which is the one that is heard.
  flow.on('error', () => undefined);
  try {
    await flow.connect();
    return flow;
  } catch (error) {
    flow.close();
    throw error;
  }
}

/** A server that sends a byte now and then is never silent: all of an operation has an end, too. */
async function inTime<Result>(
  flow: ImapFlow,
  work: (flow: ImapFlow) => Promise<Result>,
  { timeoutMs = TIMEOUT_MS }: MailServer,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })), timeoutMs * PATIENCE);
  });
  try {
    return await Promise.race([work(flow), late]);
  } finally {
    clearTimeout(timer);
  }
}
