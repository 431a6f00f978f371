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
  ...failingChecks,
  ...throttleChecks,
  ...accessChecks,
  ...secrecyChecks,
  ...writingChecks,
  ...webhookChecks,
];
