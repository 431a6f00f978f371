import { historyToJSON, type History } from '@temporalio/common/lib/proto-utils';

export interface Leak {
  at: string;
  what: string;
}

/** Strings that a payload may hold: ids, instants and the words of slices and runs. */
const HARMLESS = [
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  /^(more|wait|done|sync|hints|retries|push|reconcile)$/,
  /^[A-Z][A-Z_]{2,30}$/,
];

/**
 * Everything in a history that is neither id, count, time nor known word, and every occurrence of a personal value, wherever it stands:
 * arguments, results, heartbeats, memo, search attributes, failures. Payloads are decoded; without that nothing would ever be found.
 */
export function findLeaks(history: History, personal: string[]): Leak[] {
  const leaks: Leak[] = [];
  const needles = personal.map((value) => value.toLowerCase()).filter((value) => value.length >= 4);
  const search = (at: string, text: string): void => {
    const found = needles.find((needle) => text.toLowerCase().includes(needle));
    if (found) leaks.push({ at, what: `personal value in ${text.slice(0, 200)}` });
  };
  const inspect = (at: string, value: unknown): void => {
    if (typeof value === 'string') {
      if (!HARMLESS.some((shape) => shape.test(value))) leaks.push({ at, what: `text in a payload: ${value.slice(0, 200)}` });
    } else if (value !== null && typeof value === 'object') for (const [key, part] of Object.entries(value)) inspect(`${at}.${key}`, part);
  };
  const walk = (at: string, value: unknown): void => {
    if (typeof value === 'string') return search(at, value);
    if (value === null || typeof value !== 'object') return;
    if (isPayload(value)) {
      const text = Buffer.from(value.data, 'base64').toString('utf8');
      search(at, text);
      if (!at.includes('searchAttributes')) inspect(at, parsed(text));
      return;
    }
    for (const [key, part] of Object.entries(value)) walk(`${at}.${key}`, part);
  };
  walk('history', JSON.parse(historyToJSON(history)));
  return leaks;
}

function isPayload(value: object): value is { data: string } {
  return 'metadata' in value && 'data' in value && typeof value.data === 'string';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
