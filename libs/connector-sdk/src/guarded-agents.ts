import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { EgressRefused, vetTarget, type EgressRules } from './egress.js';

export interface GuardedAgents {
  httpAgent: http.Agent;
  httpsAgent: https.Agent;
  close: () => void;
}
interface ConnectionOptions {
  host?: string;
  port?: number | string;
  socketPath?: string;
}
type Connected = (error: Error | null, socket?: Socket) => void;
type Connect = (options: object, connected?: Connected) => Socket | undefined;

/** Agents that vet the target in the step that opens the socket, and connect to the vetted addresses without a second lookup. */
export function guardedAgents(
  rules: EgressRules,
  options: { ca?: string; maxSockets?: number; cert?: string; key?: string } = {},
): GuardedAgents {
  const pool = { keepAlive: true, maxSockets: options.maxSockets ?? 8 };
  const ca = options.ca ? [...rootCertificates, options.ca] : undefined;
  const httpAgent = guard(new http.Agent(pool), rules);
  const httpsAgent = guard(new https.Agent({ ...pool, ca, cert: options.cert, key: options.key }), rules);
  return { httpAgent, httpsAgent, close: () => [httpAgent, httpsAgent].forEach((agent) => agent.destroy()) };
}

function guard<Agent extends http.Agent>(agent: Agent, rules: EgressRules): Agent {
  const opened = agent as unknown as { createConnection: Connect; protocol: string };
  const connect = opened.createConnection.bind(agent);
  opened.createConnection = (options: ConnectionOptions, connected: Connected = () => undefined) => {
    vetConnection(opened.protocol, options, rules).then(
      (addresses) => hand(() => connect({ ...options, lookup: only(addresses) }), connected),
      (error: Error) => connected(error),
    );
    return undefined;
  };
  return agent;
}

async function vetConnection(protocol: string, options: ConnectionOptions, rules: EgressRules): Promise<LookupAddress[]> {
  if (options.socketPath || !options.host) throw new EgressRefused('only connections by host and port are made');
  return vetTarget({ protocol, host: options.host, port: Number(options.port) }, rules);
}

function hand(open: () => Socket | undefined, connected: Connected): void {
  try {
    connected(null, open());
  } catch (error) {
    connected(error as Error);
  }
}

/** Answers every lookup of this connection with the addresses that were vetted: a second DNS answer cannot rebind it. */
function only(addresses: LookupAddress[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses as [LookupAddress];
    return options.all ? done(null, addresses) : done(null, first.address, first.family);
  };
}
