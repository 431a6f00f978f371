import { createHmac, randomBytes } from 'node:crypto';
import type { FaultPanel } from './faults.js';
import type { Hook, Resource, SandboxState } from './state.js';

const ATTEMPTS = 3;
const DATA_NAME: Record<Resource, string> = { candidate: 'candidate', job: 'job', application: 'application', interviewStage: 'job', interviewPlan: 'job', interviewSchedule: 'interviewSchedule' };

/** Tells registered addresses what happened, signed over the raw bytes; duplicated, reordered or forged where a fault says so. */
export class WebhookSender {
  private held: (() => void) | undefined;

  constructor(
    private readonly state: SandboxState,
    private readonly faults: FaultPanel,
  ) {}

  announce(effect: { action: string; id: string; resource: Resource }): void {
    this.send({ action: effect.action, data: { [DATA_NAME[effect.resource]]: { id: effect.id } } });
  }

  announceMerge(from: string, into: string): void {
    this.send({ action: 'candidateMerge', data: { deletedCandidate: { id: from }, mergedCandidate: { id: into } } });
  }

  private send(event: Record<string, unknown>): void {
    const body = JSON.stringify({ ...event, webhookActionId: randomBytes(8).toString('hex') });
    for (const hook of this.state.data.hooks) {
      const forged = this.faults.take('webhook-forge', 'webhook') !== undefined;
      const deliver = (): void => void this.deliver(hook, { body, forged });
      if (this.faults.take('webhook-reorder', 'webhook')) this.held = deliver;
      else {
        deliver();
        this.held?.();
        this.held = undefined;
      }
      if (this.faults.take('webhook-duplicate', 'webhook')) deliver();
    }
  }

  private async deliver(hook: Hook, message: { body: string; forged: boolean }): Promise<void> {
    const secret = message.forged ? 'not the secret' : hook.secret;
    const headers = { 'content-type': 'application/json', 'ashby-signature': `sha256=${createHmac('sha256', secret).update(message.body).digest('hex')}` };
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      // eslint-disable-next-line no-restricted-globals -- the simulator is the vendor: its calls are not the hub's
      const answer = await fetch(hook.url, { method: 'POST', headers, body: message.body, signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
      if (answer && answer.status < 500) return;
      await new Promise((resolve) => setTimeout(resolve, 300 * 2 ** attempt));
    }
  }
}
