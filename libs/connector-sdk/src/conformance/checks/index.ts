import { accessChecks } from './access.js';
import type { Check } from './check.js';
import { definitionChecks } from './definition.js';
import { failingChecks, secrecyChecks, throttleChecks } from './failing.js';
import { fileChecks } from './files.js';
import { partnerChecks } from './partners.js';
import { readingChecks } from './reading.js';
import { subscriptionChecks } from './subscriptions.js';
import { webhookChecks } from './webhooks.js';
import { writingChecks } from './writing.js';

/** Every property, in the order in which a certificate names them. */
export const CHECKS: readonly Check[] = [
  ...definitionChecks,
  ...readingChecks,
  ...failingChecks.map(hastily).map(askingTheVendor),
  ...throttleChecks.map(hastily).map(askingTheVendor),
  ...accessChecks.map(askingTheVendor),
  ...secrecyChecks.map(hastily).map(askingTheVendor),
  ...writingChecks,
  ...webhookChecks,
  ...subscriptionChecks,
  ...partnerChecks,
  ...fileChecks,
];

/** Where partners bring what is read, nobody is asked for it. */
function askingTheVendor(check: Check): Check {
  const skip: Check['skip'] = (kit) => (kit.connector.streams[kit.stream].received ? 'partners bring what it reads' : check.skip?.(kit));
  return { ...check, skip };
}

function hastily(check: Check): Check {
  return { ...check, hasty: true };
}
