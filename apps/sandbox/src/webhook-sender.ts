import { createHmac } from 'node:crypto';
import type { FaultPanel } from './faults.js';
import type { Store } from './store.js';

interface Delivery {
  url: string;
  body: string;
  signature: string;
}
const RETRY_MS = [200, 1_000, 3_000];
/** As the vendor documents: no retry after these answers. */
const FINAL: ReadonlySet<number> = new Set([401, 403, 404, 405, 410]);
const HELD_MS = 500;
const TIMEOUT_MS = 10_000;

/** Tells every subscriber of a change, signed over the exact bytes that are sent. */
export class WebhookSender {
  private held: Delivery[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly store: Store,
    private readonly faults: FaultPanel,
  ) {}

  send(action: string, data: unknown): void {
    for (const { url, secret } of this.store.extras.webhooks) {
      const body = JSON.stringify({ action, data });
      this.dispatch(action, { url, body, signature: sign(body, secret) });
    }
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private dispatch(action: string, delivery: Delivery): void {
    if (this.faults.take('webhook-forge', action)) void this.deliver({ ...delivery, signature: sign(delivery.body, 'not the secret') });
    if (this.faults.take('webhook-reorder', action)) return this.hold(delivery);
    const copies = this.faults.take('webhook-duplicate', action) ? 2 : 1;
    const late = this.held.splice(0);
    for (let copy = 0; copy < copies; copy++) void this.deliver(delivery);
    for (const one of late) this.later(50, () => this.deliver(one));
  }

  /** Goes after the next delivery, or alone when none comes. */
  private hold(delivery: Delivery): void {
    this.held.push(delivery);
    this.later(HELD_MS, async () => {
      if (!this.held.includes(delivery)) return;
      this.held = this.held.filter((one) => one !== delivery);
      await this.deliver(delivery);
    });
  }

  private later(ms: number, work: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void work();
    }, ms);
    this.timers.add(timer);
  }

  private async deliver(delivery: Delivery, attempt = 0): Promise<void> {
    const status = await post(delivery);
    const wait = RETRY_MS[attempt];
    if ((status >= 200 && status < 300) || FINAL.has(status) || wait === undefined) return;
    this.later(wait, () => this.deliver(delivery, attempt + 1));
  }
}

const sign = (body: string, secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** The HTTP status, 0 where nothing answered. */
async function post({ url, body, signature }: Delivery): Promise<number> {
  const headers = { 'content-type': 'application/json', 'ashby-signature': signature };
  try {
    // The simulator plays the vendor, so the hub's guarded transport is not for it.
    const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}
