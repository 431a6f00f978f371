/** What can go wrong on purpose. `times` counts down; `forMs` ends by the clock; without either a fault strikes once. */
export interface Fault {
  kind:
    | 'latency' | 'rate-limit' | 'server-error' | 'slow-body' | 'truncated' | 'html' | 'drop-after-effect' | 'lag' | 'token-expired' | 'too-large' | 'duplicate-record' | 'unknown-enum' | 'permission-lost'
    | 'webhook-duplicate' | 'webhook-reorder' | 'webhook-forge' | 'reformat';
  endpoint?: string;
  times?: number;
  until?: number;
  ms?: number;
  form?: 'seconds' | 'date' | 'epoch' | 'missing' | 'absurd';
  seconds?: number;
  status?: number;
  id?: string;
  /** Share of the calls that are struck; by a seeded sequence. */
  probability?: number;
}

export class FaultPanel {
  private faults: Fault[] = [];
  private sequence = 1;

  add(fault: Fault & { forMs?: number; seed?: number }): void {
    const { forMs, seed, ...rest } = fault;
    if (seed !== undefined) this.sequence = seed;
    this.faults.push({ ...rest, times: rest.times ?? (forMs === undefined ? 1 : Number.MAX_SAFE_INTEGER), until: forMs === undefined ? undefined : Date.now() + forMs });
  }

  list(): Fault[] {
    this.faults = this.faults.filter((fault) => (fault.times ?? 0) > 0 && (fault.until === undefined || fault.until > Date.now()));
    return this.faults;
  }

  clear(): void {
    this.faults = [];
  }

  /** The fault of this kind that strikes this call, used up by one. */
  take(kind: Fault['kind'], endpoint: string): Fault | undefined {
    const fault = this.list().find((one) => one.kind === kind && (one.endpoint === undefined || one.endpoint === endpoint));
    if (!fault || (fault.probability !== undefined && this.random() >= fault.probability)) return undefined;
    fault.times = (fault.times ?? 1) - 1;
    return fault;
  }

  /** A fault that holds as long as it lasts, without being used up by a look. */
  standing(kind: Fault['kind'], id?: string): Fault | undefined {
    return this.list().find((one) => one.kind === kind && (one.id === undefined || one.id === id));
  }

  private random(): number {
    this.sequence = (Math.imul(this.sequence, 1_103_515_245) + 12_345) & 0x7fffffff;
    return this.sequence / 0x7fffffff;
  }
}
