import type { FaultPanel } from './faults.js';
import type { Store } from './store.js';
import type { WebhookSender } from './webhook-sender.js';

/** The whole simulated vendor: what it knows, what is wrong with it, whom it tells. */
export interface Vendor {
  store: Store;
  faults: FaultPanel;
  hooks: WebhookSender;
}
