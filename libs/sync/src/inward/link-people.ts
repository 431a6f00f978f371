import type { CanonicalValues } from '#hub/canonical';
import { baseSubjectOf } from '#hub/connector-sdk';
import { tenantMatchKey } from '#hub/governance';
import { matchKeys, messageIdKey, normaliseEmail } from '#hub/identity';
import type { ThreadLink } from '#hub/mapping';
import type { TenantTx } from '#hub/persistence';
import type { Hub } from '../hub.js';
import type { Linkable } from './resolve-parents.js';

type Parents = Linkable['parents'];
/** Everything is read for all messages at once. */
interface Known {
  /** `candidate:address` or `client:address` → the one record behind it. */
  people: Map<string, string>;
  /** Message id → messages that bear it, and where they hang. */
  messages: Map<string, Bearer[]>;
  refs: Map<string, string>;
}
interface Bearer {
  parents: Parents;
  subject: string;
  participants: Set<string>;
}
interface Input {
  hub: Hub;
  /** Record behind a reference number, as `object:ref`. */
  byRef: (refs: string[]) => Promise<Map<string, string>>;
}

/**
 * Hangs messages where people look for them: on whoever wrote or got them, where the message hangs that they answer, on what their subjects mention,
 * and, from there, on the candidate, the job and the client of the application.
 */
export async function linkPeople(tx: TenantTx, items: Linkable[], input: Input): Promise<void> {
  const concerned = items.filter(({ prepared: { parents, thread } }) => thread || parents.some((one) => one.addresses || one.mentioned));
  if (concerned.length === 0) return;
  const secret = await tenantMatchKey(tx, input.hub.secrets);
  const links = concerned.flatMap(({ prepared }) => prepared.parents);
  const known: Known = {
    people: await peopleBehind(tx, links, secret),
    messages: await messagesCited(tx, concerned, secret),
    refs: await input.byRef(links.flatMap(({ mentioned }) => mentioned ?? [])),
  };
  for (const item of concerned)
    for (const { role, object, addresses = [] } of item.prepared.parents)
      add(item, role, addresses.flatMap((one) => known.people.get(`${object}:${normaliseEmail(one)}`) ?? [])[0]);
  await addMentioned(tx, concerned, known);
  // Messages of one batch answer each other as well, in whatever order they came.
  for (const item of concerned) announce(item, known);
  for (let before = -1, now = linksIn(concerned); now !== before; before = now, now = linksIn(concerned))
    for (const item of concerned) inherit(item, known);
  await addFamily(tx, concerned);
}

function add(item: Linkable, role: string, recordId: string | undefined): void {
  if (recordId !== undefined && !item.parents.some((one) => one.role === role)) item.parents.push({ role, recordId });
}
function parentOf(item: Linkable, role: string): string | undefined {
  return item.parents.find((one) => one.role === role)?.recordId;
}
function linksIn(items: Linkable[]): number {
  return items.reduce((sum, { parents }) => sum + parents.length, 0);
}

/** An address that several candidates have names none of them. */
async function peopleBehind(tx: TenantTx, links: { object: string; addresses?: string[] }[], secret: Buffer): Promise<Known['people']> {
  const asked = new Map<string, { object: string; hash: string }>();
  for (const { object, addresses = [] } of links)
    for (const address of addresses.map(normaliseEmail)) {
      const values: CanonicalValues =
        object === 'client' ? { domain: address.slice(address.lastIndexOf('@') + 1) } : { emails: [{ value: address }] };
      const [key] = matchKeys(object as 'candidate' | 'client', values, secret);
      if (key) asked.set(`${object}:${address}`, { object, hash: key.hash.toString() });
    }
  if (asked.size === 0) return new Map();
  const rows = await tx.query<{ asked: string; id: string; clusters: number }>(
    `SELECT DISTINCT ON (asked.name) asked.name AS asked, s.id,
       (SELECT count(DISTINCT n.cluster_id)::int FROM match_key l JOIN source_record o ON o.tenant_id = l.tenant_id AND o.id = l.record_id AND o.object = asked.object AND o.deleted_at IS NULL
          JOIN cluster_member n ON n.tenant_id = o.tenant_id AND n.record_id = o.id AND n.valid_to IS NULL WHERE l.key_hash = asked.hash) AS clusters
     FROM unnest($1::text[], $2::text[], $3::bigint[]) AS asked (name, object, hash) JOIN match_key k ON k.key_hash = asked.hash
     JOIN source_record held ON held.tenant_id = k.tenant_id AND held.id = k.record_id AND held.object = asked.object AND held.deleted_at IS NULL
     JOIN cluster_member h ON h.tenant_id = held.tenant_id AND h.record_id = held.id AND h.valid_to IS NULL
     JOIN cluster_member m ON m.tenant_id = h.tenant_id AND m.cluster_id = h.cluster_id AND m.valid_to IS NULL
     JOIN source_record s ON s.tenant_id = m.tenant_id AND s.id = m.record_id AND s.deleted_at IS NULL
     JOIN connection c ON c.tenant_id = s.tenant_id AND c.id = s.connection_id
     ORDER BY asked.name, c.system_of_record DESC, s.created_at, s.id`,
    [[...asked.keys()], [...asked.values()].map(({ object }) => object), [...asked.values()].map(({ hash }) => hash)],
  );
  return new Map(rows.filter(({ clusters }) => clusters === 1).map((row) => [row.asked, row.id]));
}

async function messagesCited(tx: TenantTx, items: Linkable[], secret: Buffer): Promise<Known['messages']> {
  const ids = [
    ...new Set(
      items.flatMap(({ prepared: { thread } }) => (thread ? [...(thread.answers ? [thread.answers] : []), ...thread.references] : [])),
    ),
  ];
  const messages: Known['messages'] = new Map();
  if (ids.length === 0) return messages;
  const byHash = new Map(ids.map((id) => [messageIdKey(id, secret).toString(), id]));
  const rows = await tx.query<{
    key_hash: string;
    record_id: string;
    role: string;
    parent_id: string;
    values: CanonicalValues;
  }>(
    `SELECT k.key_hash, k.record_id, p.role, p.parent_id, s.values FROM match_key k JOIN source_record s ON s.tenant_id = k.tenant_id AND s.id = k.record_id AND s.object = 'communication'
     JOIN record_parent p ON p.tenant_id = s.tenant_id AND p.record_id = s.id WHERE k.key_hash = ANY ($1::bigint[])`,
    [[...byHash.keys()]],
  );
  const bearers = new Map<string, Bearer>();
  for (const row of rows) {
    const bearer = bearers.get(row.record_id) ?? bearerOf(row.values);
    bearer.parents.push({ role: row.role, recordId: row.parent_id });
    if (!bearers.has(row.record_id)) put(messages, byHash.get(row.key_hash) ?? '', bearer);
    bearers.set(row.record_id, bearer);
  }
  return messages;
}

function bearerOf(values: CanonicalValues): Bearer {
  const texts = [values.from, values.to, values.cc].flat().filter((one): one is string => typeof one === 'string');
  return {
    parents: [],
    subject: baseSubjectOf(typeof values.subject === 'string' ? values.subject : ''),
    participants: new Set(texts.map(normaliseEmail)),
  };
}

function put(messages: Known['messages'], id: string, bearer: Bearer): void {
  messages.set(id, [...(messages.get(id) ?? []), bearer]);
}

/** What is answered is trusted; an ancestry alone only between people of the same conversation, under the same subject. */
function inherit(item: Linkable, { messages }: Known): void {
  const { thread } = item.prepared;
  if (!thread) return;
  const answered = thread.answers === undefined ? [] : (messages.get(thread.answers) ?? []);
  const cited = [...thread.references].reverse().flatMap((id) => messages.get(id) ?? []);
  const source = answered.find(hangs) ?? cited.find((bearer) => hangs(bearer) && isOfConversation(bearer, thread));
  // A reference number of its own says more than the conversation does.
  if (source && parentOf(item, 'application') === undefined) for (const { role, recordId } of source.parents) add(item, role, recordId);
}
const hangs = ({ parents }: Bearer): boolean => parents.length > 0;

function isOfConversation({ subject, participants }: Bearer, thread: ThreadLink): boolean {
  return subject === thread.subject && thread.sender !== undefined && participants.has(normaliseEmail(thread.sender));
}

function announce(item: Linkable, { messages }: Known): void {
  const { email } = item.values;
  const id = typeof email === 'object' && email !== null && !Array.isArray(email) ? email.messageId : undefined;
  if (typeof id === 'string') put(messages, id, { ...bearerOf(item.values), parents: item.parents });
}

/** Subjects are edited and forwarded: the number in one counts where the candidate whom it concerns is among the people of the message. */
async function addMentioned(tx: TenantTx, items: Linkable[], { refs }: Known): Promise<void> {
  const asked = items.flatMap((item) =>
    item.prepared.parents.flatMap(({ role, object, mentioned }) => {
      const recordId = mentioned === undefined ? undefined : refs.get(`${object}:${mentioned}`);
      const candidate = parentOf(item, 'candidate');
      return recordId !== undefined && candidate !== undefined ? [{ item, role, recordId, candidate }] : [];
    }),
  );
  if (asked.length === 0) return;
  const rows = await tx.query<{ at: number }>(
    `SELECT asked.at::int FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (record_id, candidate_id, at) WHERE record_id = candidate_id OR EXISTS (
       SELECT FROM record_parent p JOIN cluster_member a ON a.tenant_id = p.tenant_id AND a.record_id = p.parent_id AND a.valid_to IS NULL
       JOIN cluster_member b ON b.tenant_id = a.tenant_id AND b.cluster_id = a.cluster_id AND b.valid_to IS NULL
       LEFT JOIN record_parent j ON j.tenant_id = p.tenant_id AND j.record_id = p.record_id AND j.role = 'job'
       WHERE p.role = 'candidate' AND b.record_id = asked.candidate_id AND asked.record_id IN (p.record_id, j.parent_id))`,
    [asked.map(({ recordId }) => recordId), asked.map(({ candidate }) => candidate)],
  );
  for (const { at } of rows) add(asked[at - 1].item, asked[at - 1].role, asked[at - 1].recordId);
}

/** Whose application it is, for which job, of which client; and of a candidate with one application under way, that one. */
async function addFamily(tx: TenantTx, items: Linkable[]): Promise<void> {
  const candidates = items
    .filter((item) => parentOf(item, 'application') === undefined && parentOf(item, 'job') === undefined)
    .flatMap((item) => parentOf(item, 'candidate') ?? []);
  const only = await onlyApplications(tx, [...new Set(candidates)]);
  for (const item of items) {
    const candidate = parentOf(item, 'candidate');
    if (candidate !== undefined && parentOf(item, 'job') === undefined) add(item, 'application', only.get(candidate));
  }
  for (const role of ['application', 'job'] as const) {
    const rows = await parentsOf(tx, [...new Set(items.flatMap((item) => parentOf(item, role) ?? []))]);
    for (const item of items) {
      const own = rows.filter(({ record_id: id }) => id === parentOf(item, role));
      // The application says whose it is: an address in the message may be anybody's.
      if (role === 'application' && own.some((row) => row.role === 'candidate'))
        item.parents = item.parents.filter((one) => one.role !== 'candidate');
      for (const row of own) if (['candidate', 'job', 'client'].includes(row.role)) add(item, row.role, row.parent_id);
    }
  }
}

async function parentsOf(tx: TenantTx, recordIds: string[]): Promise<{ record_id: string; role: string; parent_id: string }[]> {
  if (recordIds.length === 0) return [];
  return tx.query(`SELECT record_id, role, parent_id FROM record_parent WHERE record_id = ANY ($1)`, [recordIds]);
}

async function onlyApplications(tx: TenantTx, candidates: string[]): Promise<Map<string, string>> {
  if (candidates.length === 0) return new Map();
  const rows = await tx.query<{ candidate: string; application: string }>(
    `SELECT asked.id AS candidate, min(app.id::text)::uuid AS application FROM unnest($1::uuid[]) AS asked (id)
     JOIN cluster_member a ON a.record_id = asked.id AND a.valid_to IS NULL JOIN cluster_member b ON b.tenant_id = a.tenant_id AND b.cluster_id = a.cluster_id AND b.valid_to IS NULL
     JOIN record_parent p ON p.tenant_id = b.tenant_id AND p.parent_id = b.record_id AND p.role = 'candidate'
     JOIN source_record app ON app.tenant_id = p.tenant_id AND app.id = p.record_id AND app.object = 'application' AND app.deleted_at IS NULL AND app.values ->> 'outcome' = 'ACTIVE'
     GROUP BY asked.id HAVING count(DISTINCT app.id) = 1`,
    [candidates],
  );
  return new Map(rows.map((row) => [row.candidate, row.application]));
}
