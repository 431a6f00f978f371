import { randomUUID } from 'node:crypto';

export type Resource = 'candidate' | 'job' | 'application' | 'interviewStage' | 'interviewPlan' | 'interviewSchedule';
export interface Stored { id: string; revision: number; writtenAt: number; createdWithKey?: string; deleted?: boolean; data: Record<string, unknown> }
export interface AcceptedWrite { seq: number; at: string; endpoint: string; id: string; key: string; writeId: string | null }
export interface ApiKey { key: string; name: string; permissions: string[] | null }
export interface Hook { url: string; secret: string }

/** Everything that the simulated vendor knows; plain data, so that it can be saved and resumed. */
export interface SandboxData {
  revision: number;
  records: Record<Resource, Record<string, Stored>>;
  keys: ApiKey[];
  hooks: Hook[];
  writes: AcceptedWrite[];
  /** Sync tokens issued under an older generation are not known any more. */
  generation: number;
  mergedInto: Record<string, string>;
}

export function emptyData(): SandboxData {
  return { revision: 0, records: { candidate: {}, job: {}, application: {}, interviewStage: {}, interviewPlan: {}, interviewSchedule: {} }, keys: [], hooks: [], writes: [], generation: 1, mergedInto: {} };
}

export class SandboxState {
  constructor(
    readonly data: SandboxData,
    private readonly changed: () => void,
  ) {}

  put(resource: Resource, data: Record<string, unknown>, key?: string): Stored {
    const id = String(data.id);
    const before = this.data.records[resource][id] as Stored | undefined;
    this.data.revision += 1;
    const stored: Stored = { id, revision: this.data.revision, writtenAt: Date.now(), createdWithKey: before?.createdWithKey ?? key, data: { ...data, updatedAt: new Date().toISOString() } };
    this.data.records[resource][id] = stored;
    this.changed();
    return stored;
  }

  get(resource: Resource, id: string): Stored | undefined {
    const found = this.data.records[resource][id] as Stored | undefined;
    return found?.deleted ? undefined : found;
  }

  all(resource: Resource): Stored[] {
    return Object.values(this.data.records[resource]).filter((stored) => !stored.deleted);
  }

  remove(resource: Resource, id: string): void {
    delete this.data.records[resource][id];
    this.data.revision += 1;
    this.changed();
  }

  logWrite(write: Omit<AcceptedWrite, 'seq' | 'at'>): void {
    this.data.writes.push({ seq: this.data.writes.length + 1, at: new Date().toISOString(), ...write });
    this.changed();
  }

  addKey(name: string, permissions: string[] | null): ApiKey {
    const key = { key: `sandbox-${randomUUID()}`, name, permissions };
    this.data.keys.push(key);
    this.changed();
    return key;
  }
}
