import type { CanonicalValues, ObjectName } from '#hub/canonical';
import type { ReceivedFile } from '../files/file-of.js';
import type { ReceivedRecord } from '../ports.js';
import type { WebhookScheme } from '../webhooks/scheme.js';

/** One verified call of a partner on a route of ours. */
export interface PartnerCall<Settings> {
  settings: Settings;
  now: Date;
  /** The first value of each parameter. */
  query: Record<string, string>;
  /** The JSON of the body, whatever it is; undefined when there is none. */
  body: unknown;
  /** What an earlier call left in one of the connector's streams. */
  received: (stream: string, externalId: string) => Promise<ReceivedRecord | undefined>;
  /** Golden values of a record, by its reference number or by its id in this connection; undefined where there is none. */
  record: (object: ObjectName, name: { ref: string } | { externalId: string }) => Promise<CanonicalValues | undefined>;
}
/** What a call brought. Under an id that is there already it replaces what was there. */
export interface Keep {
  stream: string;
  externalId: string;
  payload: unknown;
  /** Files that came with it, see `fileOf`. */
  files?: ReceivedFile[];
}
export interface PartnerAnswer {
  status: number;
  /** Sent as JSON. */
  body: unknown;
  /** Committed before the answer is sent; the streams of these names then bring it into the hub. */
  keep?: Keep[];
}
export type PartnerRoute = `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;

/**
 * Addresses of the vendor's shape that a partner calls on us. Calls of one connection are answered one after the other, so a route that
 * looks for an earlier call and keeps a new one does both at once. A route calls nobody: it reads the hub, keeps, and answers.
 */
export interface PartnerApi<Settings> {
  /** How a call proves itself; the secrets are those of the connection's `webhookSecret`. */
  verify: WebhookScheme;
  routes: Record<PartnerRoute, (call: PartnerCall<Settings>) => PartnerAnswer | Promise<PartnerAnswer>>;
}
