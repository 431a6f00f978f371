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
}
export class ConnectorStreamView {
  @Text() name: string;
  @Text({ description: 'canonical object' }) entity: string;
  @Text({ description: 'kind of cursor' }) cursor: string;
  @Text({ description: 'how deletes are seen: event | tombstone | full-scan | none' }) deletes: string;
  @Text({ list: true, description: 'streams that are synced before this one' }) after: string[];
  @One(PushView, { nullable: true }) push: PushView | null;
}
export class ConnectorView {
  @Text() id: string;
  @Text() name: string;
  @Text() category: string;
  @Json({ description: 'JSON Schema of `settings`' }) settings: object;
  @Text({ list: true, description: 'names that `credentials` needs' }) credentialFields: string[];
  @Text({ description: 'how it proves who we are' }) auth: string;
  @Flag({ description: 'a person signs in at the vendor: POST /connections/{id}/sign-in' }) signIn: boolean;
  @Flag({ description: 'takes a webhookSecret and has an endpoint' }) webhooks: boolean;
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
    auth: connector.auth.kind,
    signIn: connector.auth.signIn !== undefined,
    webhooks: connector.webhook !== undefined,
    streams: Object.entries(connector.streams).map(([name, stream]) => streamView(name, stream)),
  }));
}

function streamView(name: string, stream: Connector['streams'][string]): ConnectorStreamView {
  return {
    name,
    entity: stream.entity,
    cursor: stream.cursor.kind,
    deletes: stream.deletes,
    after: stream.after ?? [],
    push: pushView(stream.push),
  };
}

function pushView(push: Connector['streams'][string]['push']): PushView | null {
  if (!push) return null;
  const { effect, find, create, update, remove } = push;
  return {
    effect,
    find: find.by,
    visibleWithinMs: find.visibleWithinMs,
    create: create !== undefined,
    update: update !== undefined,
    remove: remove !== undefined,
  };
}
