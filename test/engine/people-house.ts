import type { CanonicalValues } from '#hub/canonical';
import { matchEverybody, SHIPPED_MODEL, type Node, type Person } from '#hub/identity';
import type { ConnectorCategory } from '#hub/connector-sdk';
import type { Actor } from '#hub/sync';
import type { PeopleRow } from '../gen/generate-people.js';
import { PaperHub, type PaperStream } from './paper-hub.js';
import { paperConnector, paperMapping, PaperVendor, type PaperStreamOptions } from './paper-vendor.js';

export const SYSTEMS = ['ats', 'crm', 'board'] as const;
const CATEGORY: Record<string, ConnectorCategory> = { ats: 'ats', crm: 'crm', board: 'job-board' };
const FIELDS = ['firstName', 'lastName', 'emails', 'phones', 'currentCompany', 'location', 'social'] as const;

/** Systems that keep candidates, on one hub; what is no ATS and no CRM is a job board, which nobody writes to. */
export class PeopleHouse {
  private constructor(
    readonly hub: PaperHub,
    private readonly systems: readonly string[],
    readonly vendors: Record<string, PaperVendor>,
    readonly streams: Record<string, PaperStream>,
  ) {}

  static async open(systems: readonly string[] = SYSTEMS, more: Partial<PaperStreamOptions> = {}): Promise<PeopleHouse> {
    const vendors = Object.fromEntries(systems.map((id) => [id, new PaperVendor()]));
    const isWritten = (id: string): boolean => id in CATEGORY && id !== 'board';
    const hub = await PaperHub.open({
      connectors: systems.map((id) =>
        paperConnector(id, CATEGORY[id] ?? 'job-board', {
          people: { entity: 'candidate', vendor: vendors[id], push: isWritten(id), ...(id === 'ats' ? more : {}) },
        }),
      ),
      mappings: systems.map((connector) =>
        paperMapping({
          connector,
          stream: 'people',
          into: 'candidate',
          fields: Object.fromEntries(FIELDS.map((field) => [field, { wins: 'newest', direction: isWritten(connector) ? 'both' : 'in' }])),
        }),
      ),
    });
    const streams: Record<string, PaperStream> = {};
    for (const [at, id] of systems.entries()) {
      const streamId = `00000000-0000-4000-8000-00000000000${at}`;
      streams[id] = (await hub.connect(id, { systemOfRecord: id === 'ats', streamId })).people;
    }
    return new PeopleHouse(hub, systems, vendors, streams);
  }

  put(system: string, id: string, values: CanonicalValues): void {
    this.vendors[system].put(id, values);
  }
  async sync(...systems: string[]): Promise<void> {
    for (const system of systems) await this.hub.sync(this.streams[system]);
  }
  /** Who is together, as `system:id` lists, in an order of their own. */
  async partition(): Promise<string[][]> {
    const rows = await this.hub.rows<{ members: string[] }>(
      `SELECT array_agg(c.connector || ':' || s.external_id ORDER BY c.connector, s.external_id) AS members FROM cluster_member m JOIN source_record s ON s.id = m.record_id
       JOIN connection c ON c.id = s.connection_id WHERE m.valid_to IS NULL GROUP BY m.cluster_id ORDER BY 1`,
    );
    return rows.map((row) => row.members.sort()).sort((a, b) => (a.join() < b.join() ? -1 : 1));
  }
  /** The same, worked out in memory from all records at once. */
  async partitionAtOnce(): Promise<string[][]> {
    const rows = await this.hub.rows<Person & Node & { name: string }>(
      `SELECT s.id AS "recordId", s.stream_id || ':' || s.external_id AS order, s.connection_id AS "connectionId", c.system_of_record AS "systemOfRecord", true AS live, s.values,
         c.connector || ':' || s.external_id AS name FROM source_record s JOIN connection c ON c.id = s.connection_id`,
    );
    const names = new Map(rows.map(({ recordId, name }) => [recordId, name]));
    const { groups } = matchEverybody({ people: rows, decisions: [], model: SHIPPED_MODEL, bands: { auto: 6, review: -2 } });
    return groups.map((group) => group.map((id) => names.get(id) as string).sort()).sort((a, b) => (a.join() < b.join() ? -1 : 1));
  }
  get actor(): Actor {
    return { tenantId: this.hub.tenantId, kind: 'api-key', id: 'anna', role: 'admin', scopes: ['*'], requestId: 'r' };
  }
  async idOf(externalId: string): Promise<string> {
    const [row] = await this.hub.rows<{ id: string }>(`SELECT id FROM source_record WHERE external_id = $1`, [externalId]);
    return row.id;
  }
  async refOf(externalId: string): Promise<string> {
    const [row] = await this.hub.rows<{ ref: string }>(
      `SELECT c.ref FROM source_record s JOIN cluster_member m ON m.record_id = s.id AND m.valid_to IS NULL JOIN cluster c ON c.id = m.cluster_id WHERE s.external_id = $1`,
      [externalId],
    );
    return row.ref;
  }
  settle(): Promise<void> {
    return this.hub.settle(this.streams.ats, this.streams.crm);
  }
  /** What each system holds now; what it never held and what was cleared are one. */
  held(): Record<string, CanonicalValues> {
    return Object.fromEntries(
      this.systems.flatMap((system) =>
        [...this.vendors[system].records.values()].map(({ id, data }) => [
          `${system}:${id}`,
          Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null)) as CanonicalValues,
        ]),
      ),
    );
  }
  asked(): Promise<{ a: string; b: string; proposed: boolean; reason: string | null }[]> {
    return this.hub.rows(
      `SELECT least(a.external_id, b.external_id) AS a, greatest(a.external_id, b.external_id) AS b, e.proposed, e.reason FROM edge e JOIN source_record a ON a.id = e.record_a
       JOIN source_record b ON b.id = e.record_b WHERE e.asked ORDER BY 1, 2`,
    );
  }
}

export const anna = (more: CanonicalValues = {}): CanonicalValues => ({
  firstName: 'Anna',
  lastName: 'Schmidt',
  emails: [{ value: 'anna.schmidt@post.example' }],
  ...more,
});

export function canonicalPerson(row: PeopleRow): CanonicalValues {
  return {
    firstName: row.first_name,
    lastName: row.last_name,
    ...(row.email ? { emails: [{ value: row.email }] } : {}),
    ...(row.phone ? { phones: [{ e164: row.phone.replaceAll(/[^+\d]/g, '') }] } : {}),
    ...(row.employer ? { currentCompany: row.employer } : {}),
    ...(row.city || row.postal_code ? { location: { city: row.city || null, postal: row.postal_code || null } } : {}),
    ...(row.profile ? { social: [{ url: row.profile }] } : {}),
  };
}
