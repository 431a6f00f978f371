import { accessChecks } from './access.js';
import type { Check } from './check.js';
import { definitionChecks } from './definition.js';
import { failingChecks, secrecyChecks, throttleChecks } from './failing.js';
import { readingChecks } from './reading.js';
import { webhookChecks } from './webhooks.js';
import { writingChecks } from './writing.js';

/** Every property, in the order in which a certificate names them. */
export const CHECKS: readonly Check[] = [
  ...definitionChecks,
  ...readingChecks,
  ...failingChecks.map(hastily),
  ...throttleChecks.map(hastily),
  ...accessChecks,
  ...secrecyChecks.map(hastily),
  ...writingChecks,
  ...webhookChecks,
];

function hastily(check: Check): Check {
  return { ...check, hasty: true };
}
