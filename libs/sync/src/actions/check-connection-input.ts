import { accessOf, memoryBudget, memoryTokens, openSession, type Connector } from '#hub/connector-sdk';
import { Refusal } from './actor.js';
import { settingsSchema } from './settings-schema.js';

export interface StreamChoice {
  /** Seconds between scheduled runs, 10 to 604,800. */
  intervalSeconds?: number;
  /** Days that the first sync looks back, 1 to 36,500. */
  historyDays?: number;
  paused?: boolean;
}
type Fault = { pointer: string; code: string; detail: string };

/** @throws Refusal that names unknown settings; ConnectorFailure CONFIG that names the field at fault and its rule. */
export function checkSettings(connector: Connector, settings: Record<string, unknown>): void {
  const known = Object.keys(settingsSchema(connector).properties);
  refuse(unknownNames('settings', Object.keys(settings), known));
  openSession(connector, { settings, tokens: memoryTokens(), budget: memoryBudget(), egress: [] }).close();
}

/** Others call the hub for it: it has an endpoint, and a secret by which they prove themselves. */
export function isCalled({ webhook, partnerApi }: Connector): boolean {
  return webhook !== undefined || partnerApi !== undefined;
}

/** Names the connector does not declare, values that are no text, and of a new connection (with its `settings`) those it needs and did not get. */
export function checkCredentials(connector: Connector, credentials: Record<string, unknown>, settings?: Record<string, unknown>): void {
  const fields = [...connector.auth.credentials, ...(isCalled(connector) ? ['webhookSecret'] : [])];
  const faults = unknownNames('credentials', Object.keys(credentials), fields);
  for (const [field, value] of Object.entries(credentials)) {
    if (typeof value === 'string' && value.length > 0 && value.length <= 20_000) continue;
    faults.push({ pointer: pointer('credentials', field), code: 'text', detail: `${field} must be text of 1 to 20,000 characters` });
  }
  for (const field of settings ? accessOf(connector, settings).credentials : []) {
    if (!Object.hasOwn(credentials, field))
      faults.push({
        pointer: pointer('credentials', field),
        code: 'required',
        detail: `${field} is missing: ${connector.name} needs it to let the hub in`,
      });
  }
  refuse(faults);
}

export function checkStreams(connector: Connector, streams: Record<string, unknown>): void {
  const faults = unknownNames('streams', Object.keys(streams), Object.keys(connector.streams));
  for (const [name, choice] of Object.entries(streams)) faults.push(...choiceFaults(pointer('streams', name), choice));
  refuse(faults);
}

const RULES: Record<keyof StreamChoice, { holds: (value: unknown) => boolean; detail: string }> = {
  intervalSeconds: { holds: (value) => isWhole(value, 10, 604_800), detail: 'must be a whole number from 10 to 604800 (seconds)' },
  historyDays: { holds: (value) => isWhole(value, 1, 36_500), detail: 'must be a whole number from 1 to 36500 (days)' },
  paused: { holds: (value) => typeof value === 'boolean', detail: 'must be true or false' },
};

function choiceFaults(place: string, choice: unknown): Fault[] {
  if (typeof choice !== 'object' || choice === null || Array.isArray(choice))
    return [{ pointer: place, code: 'object', detail: 'must be an object' }];
  return Object.entries(choice).flatMap(([name, value]) => {
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof StreamChoice] : undefined;
    if (!rule) return [{ pointer: `${place}/${name}`, code: 'unknown', detail: `use ${Object.keys(RULES).join(', ')}` }];
    return rule.holds(value) ? [] : [{ pointer: `${place}/${name}`, code: 'range', detail: `${name} ${rule.detail}` }];
  });
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function unknownNames(part: string, names: string[], known: string[]): Fault[] {
  const use = known.length > 0 ? `use ${known.join(', ')}` : `${part} must be empty here`;
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({ pointer: pointer(part, name), code: 'unknown', detail: `${name} is not known to this connector; ${use}` }));
}

function pointer(...parts: string[]): string {
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function refuse(faults: Fault[]): void {
  if (faults.length > 0) throw new Refusal(422, 'INVALID_REQUEST', faults[0].detail, faults);
}
