import { certificates } from '#connectors';
import type { Connector } from '#hub/connector-sdk';
import { settingsSchema, type Hub } from '#hub/sync';
import { Flag, Json, Many, One, Text, Whole } from '../described.js';

export class PushView {
  @Text({ description: 'silent | notifies-a-person | legally-binding | moves-money' }) effect: string;
  @Text({ description: 'how a lost create is found again: writeId | naturalKey | none' }) find: string;
  @Whole({ description: 'how long a created record may stay invisible to that search, ms' }) visibleWithinMs: number;
  @Flag() create: boolean;
  @Flag() update: boolean;
  @Flag() remove: boolean;
  @Flag({ description: 'it lets the hub make one record of two' }) merge: boolean;
}
export class ConnectorStreamView {
  @Text() name: string;
  @Text({ description: 'canonical object' }) entity: string;
  @Text({ description: 'kind of cursor' }) cursor: string;
  @Text({ description: 'how deletes are seen: event | tombstone | full-scan | none' }) deletes: string;
  @Text({ list: true, description: 'streams that are synced before this one' }) after: string[];
  @Flag({ description: 'a line to the vendor is listened to: news come within seconds' }) listens: boolean;
  @Flag({ description: 'files of its records are copied' }) files: boolean;
  @Flag({ description: 'partners bring its records by calling us: the vendor is not asked for them' }) received: boolean;
  @One(PushView, { nullable: true }) push: PushView | null;
}
export class CertificateView {
  @Text({ description: 'none | experimental (fixtures) | contract (held against the vendor’s description) | verified (a real server)' })
  level: string;
  @Text({ description: 'day of the run' }) on: string;
  @Whole({ description: 'checks that passed' }) checks: number;
  @Text({ list: true, description: 'servers that it ran against' }) against: string[];
}
export class ConnectorView {
  @Text() id: string;
  @Text() name: string;
  @Text() category: string;
  @Json({ description: 'JSON Schema of `settings`' }) settings: object;
  @Text({ list: true, description: 'names that `credentials` needs' }) credentialFields: string[];
  @Json({ nullable: true, description: 'where a setting chooses the way in: its name, and what each choice needs instead of all of them' })
  credentialChoice: object | null;
  @Text({ description: 'how it proves who we are' }) auth: string;
  @Flag({ description: 'a person signs in at the vendor: POST /connections/{id}/sign-in' }) signIn: boolean;
  @Flag({ description: 'takes a webhookSecret and has an endpoint' }) webhooks: boolean;
  @Text({ list: true, description: 'what partners call on us, with webhookSecret as their proof' }) partnerRoutes: string[];
  @Flag({ description: 'the hub asks the vendor to call it, where API_PUBLIC_URL is set; elsewhere a person sets up the webhook there' })
  subscribes: boolean;
  @One(CertificateView, { nullable: true, description: 'what the conformance kit last saw' }) certificate: CertificateView | null;
  @Many(ConnectorStreamView) streams: ConnectorStreamView[];
}
export class ConnectorList {
  @Many(ConnectorView) items: ConnectorView[];
  @Text({ nullable: true }) nextCursor: null;
}

export function catalogueOf(hub: Hub): ConnectorView[] {
  return [...hub.connectors.values()].map((connector) => ({
    id: connector.id,
    name: connector.name,
    category: connector.category,
    settings: settingsSchema(connector),
    credentialFields: connector.auth.credentials,
    credentialChoice: connector.auth.choice ?? null,
    auth: connector.auth.kind,
    signIn: connector.auth.signIn !== undefined,
    webhooks: connector.webhook !== undefined,
    partnerRoutes: Object.keys(connector.partnerApi?.routes ?? {}),
    subscribes: connector.subscription !== undefined,
    certificate: certificateOf(connector.id),
    streams: Object.entries(connector.streams).map(([name, stream]) => streamView(name, stream)),
  }));
}

function certificateOf(id: string): CertificateView | null {
  const found = certificates.find(({ connector }) => connector === id);
  return found ? { level: found.level, on: found.on, checks: found.checks, against: [...new Set(found.runs.map(({ on }) => on))] } : null;
}

function streamView(name: string, stream: Connector['streams'][string]): ConnectorStreamView {
  return {
    name,
    entity: stream.entity,
    cursor: stream.cursor.kind,
    deletes: stream.deletes,
    after: stream.after ?? [],
    listens: stream.watch !== undefined,
    files: stream.download !== undefined,
    received: stream.received === true,
    push: pushView(stream.push),
  };
}

function pushView(push: Connector['streams'][string]['push']): PushView | null {
  if (!push) return null;
  const { effect, find, create, update, remove, merge } = push;
  return {
    effect,
    find: find.by,
    visibleWithinMs: find.visibleWithinMs,
    create: create !== undefined,
    update: update !== undefined,
    remove: remove !== undefined,
    merge: merge !== undefined,
  };
}
