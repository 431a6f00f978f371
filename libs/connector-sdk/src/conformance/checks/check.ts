import assert from 'node:assert/strict';
import type { ConnectorFailure } from '../../failure.js';
import { failureOf, type Kit } from '../harness.js';
import type { Fault } from '../fault-proxy.js';

/** One property that every connector must have, whose declarations make it apply. */
export interface Check {
  name: string;
  /** What it looks for never comes: it is waited for briefly. */
  hasty?: true;
  /** Why it does not apply to this connector; undefined when it does. */
  skip?: (kit: Kit) => string | undefined;
  /** Throws when the property does not hold. */
  run: (kit: Kit) => Promise<void>;
}

/** Where a vendor is not asked by HTTP, what only HTTP can say does not apply. */
export const onlyHttp = ({ connector }: Kit): string | undefined => (connector.http ? undefined : 'it does not speak HTTP');

/** Nowhere in what a connector says of a failure may this occur: it stands in the vendor's answer. */
export const MARK = 'vendor-body-7731@secret.example';

/** Credentials that nobody else could know; a short user name may stand anywhere. */
export function secretsOf({ server }: Kit): string[] {
  return Object.values(server.credentials).filter((value) => value.length >= 8);
}

export function answer(status: number, headers: Record<string, string> = {}): Fault {
  return { kind: 'answer', status, headers, body: `{"message":"${MARK}"}` };
}

/** The failure of `work` while every call meets `fault`. */
export async function failWith({ proxy }: Kit, fault: Fault, work: () => Promise<unknown>): Promise<ConnectorFailure> {
  proxy.arm(fault, { times: 50 });
  try {
    return await failureOf(work());
  } finally {
    proxy.clear();
  }
}

/** The failure of a write that meets `fault` on its first changing call. */
export async function failWrite({ proxy }: Kit, fault: Fault, work: () => Promise<unknown>): Promise<ConnectorFailure> {
  proxy.arm(fault, { methods: ['PUT', 'POST', 'PATCH', 'DELETE'], times: 1 });
  try {
    return await failureOf(work());
  } finally {
    proxy.clear();
  }
}

export function assertCode(failure: ConnectorFailure, codes: string[]): void {
  assert.ok(codes.includes(failure.code), `${failure.code} (${failure.detail}) instead of ${codes.join(' or ')}`);
}
