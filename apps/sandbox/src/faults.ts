import { createRandom } from './random.js';
import { Refusal } from './refusal.js';

const KINDS = [
  'latency',
  'rate-limit',
  'server-error',
  'slow-body',
  'truncated',
  'html',
  'drop-after-effect',
  'lag',
  'token-expired',
  'too-large',
  'duplicate-record',
  'unknown-enum',
  'permission-lost',
  'webhook-duplicate',
  'webhook-reorder',
  'webhook-forge',
  'reformat',
  'file-expired',
] as const;
export type FaultKind = (typeof KINDS)[number];
/** Those that are a state of the vendor, not an accident: they stand until deleted, unless `times` or `forMs` is given. */
const STANDING: ReadonlySet<FaultKind> = new Set(['permission-lost', 'reformat']);

export interface Fault {
  id: number;
  kind: FaultKind;
  /** `interviewSchedule.create`, say; absent: every endpoint. */
  endpoint?: string;
  /** How often it may still strike; absent: without limit. */
  left?: number;
  /** Until when it stands, ms since the epoch. */
  until?: number;
  struck: number;
  /** Chance to strike a call, 0 to 1; drawn from a seeded sequence. */
  probability: number;
  ms: number;
  form: string;
  seconds: number;
  status: number;
  resource?: string;
  /** Of the record that it concerns. */
  recordId?: string;
}
const FORMS = ['seconds', 'date', 'epoch', 'missing', 'absurd'];

/** The faults that are switched on. */
export class FaultPanel {
  private faults: Fault[] = [];
  private ids = 0;
  private readonly random = createRandom(1);

  /** `{kind, endpoint?, times?, forMs?, ms?, form?, seconds?, status?, resource?, id?, probability?}` */
  add(body: Record<string, unknown>): Fault {
    const {
      kind,
      times,
      forMs,
      id: recordId,
      ms = 1_000,
      form = 'seconds',
      seconds = 2,
      status = 503,
      endpoint,
      resource,
      probability = 1,
    } = body;
    if (!KINDS.includes(kind as FaultKind)) throw new Refusal('unknown_fault', `kind must be one of ${KINDS.join(', ')}`, 400);
    if (!FORMS.includes(form as string)) throw new Refusal('unknown_form', `form must be one of ${FORMS.join(', ')}`, 400);
    if (kind === 'permission-lost' && recordId === undefined)
      throw new Refusal('missing_id', 'permission-lost needs the id of a record', 400);
    const unlimited = forMs !== undefined || body.probability !== undefined || STANDING.has(kind as FaultKind) || recordId !== undefined;
    const left = (times as number | undefined) ?? (unlimited ? undefined : 1);
    const until = forMs === undefined ? undefined : Date.now() + Number(forMs);
    const fault = {
      id: ++this.ids,
      kind,
      endpoint,
      left,
      until,
      struck: 0,
      probability,
      ms,
      form,
      seconds,
      status,
      resource,
      recordId,
    } as Fault;
    this.faults.push(fault);
    return fault;
  }

  list(): Fault[] {
    return this.faults;
  }

  clear(): void {
    this.faults = [];
  }

  /** A fault of this kind that concerns the endpoint (and passes `also`), which counts as having struck. */
  take(kind: FaultKind, endpoint: string, also: (fault: Fault) => boolean = () => true): Fault | undefined {
    const fault = this.faults.find((one) => one.kind === kind && isOn(one) && (one.endpoint ?? endpoint) === endpoint && also(one));
    if (!fault || this.random.below(1_000) >= fault.probability * 1_000) return undefined;
    fault.struck += 1;
    if (fault.left !== undefined) fault.left -= 1;
    return fault;
  }
}

const isOn = ({ left, until }: Fault) => (left === undefined || left > 0) && (until === undefined || until > Date.now());
