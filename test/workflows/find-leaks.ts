import { FAILURE_CODES } from '#hub/canonical';

export interface Leak {
  at: string;
  what: string;
}

/** Strings that a payload may hold: ids, instants and the words of slices and runs. Closed lists: a surname in capitals is no failure code. */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const WORDS: ReadonlySet<string> = new Set(['more', 'wait', 'done', 'sync', 'hints', 'retries', 'push', 'reconcile', ...FAILURE_CODES]);
/** What a Schedule was made from: kind, seconds, state. */
const SCHEDULE = /^(sync|reconcile):\d+:(active|paused)$/;
const isHarmless = (text: string): boolean => ID.test(text) || INSTANT.test(text) || SCHEDULE.test(text) || WORDS.has(text);
/** Names of fields are words of the code; a vendor's or a person's value has a blank, a dot or an @ in it, or begins with a capital. */
const FIELD = /^[a-z][A-Za-z]*$/;
/** What `plainFailure` makes of any fault: a failure code, an SQLSTATE or the name of a class, never a sentence of its own. */
const FAULT = /^(SQLSTATE [0-9A-Z]{5}|[A-Z][A-Za-z_]*|an unknown fault)$/;

/**
 * Everything that Temporal keeps (a history, the raw description of a workflow with its pending activities, of a schedule) that is neither id, count, time nor known word, and every occurrence of a personal value, wherever it stands:
 * arguments, results, heartbeats, memo, search attributes, failures and their messages. Payloads are decoded; without that nothing would ever be found.
 */
export function findLeaks(kept: object, personal: string[]): Leak[] {
  const leaks: Leak[] = [];
  const needles = personal.map((value) => value.toLowerCase()).filter((value) => value.length >= 4);
  const search = (at: string, text: string): void => {
    const found = needles.find((needle) => text.toLowerCase().includes(needle));
    if (found) leaks.push({ at, what: `personal value in ${text.slice(0, 200)}` });
  };
  const inspect = (at: string, value: unknown): void => {
    if (typeof value === 'string') {
      if (!isHarmless(value)) leaks.push({ at, what: `text in a payload: ${value.slice(0, 200)}` });
    } else if (Array.isArray(value)) value.forEach((part) => inspect(at, part));
    else if (value !== null && typeof value === 'object')
      for (const [key, part] of Object.entries(value)) {
        if (!FIELD.test(key)) leaks.push({ at, what: `a field named ${key.slice(0, 200)}` });
        inspect(`${at}.${key}`, part);
      }
  };
  const walk = (at: string, value: unknown): void => {
    if (typeof value === 'string') return search(at, value);
    if (value === null || typeof value !== 'object') return;
    if (isPayload(value)) {
      const text = Buffer.from(value.data).toString('utf8');
      search(at, text);
      if (text !== '' && !at.includes('searchAttributes')) inspect(at, parsed(text));
      return;
    }
    if (isFault(value) && !isPlain(value)) leaks.push({ at, what: `a failure in words: ${String(value.message).slice(0, 200)}` });
    for (const [key, part] of Object.entries(value)) walk(`${at}.${key}`, part);
  };
  walk('kept', kept);
  return leaks;
}

function isPayload(value: object): value is { data: Uint8Array } {
  return 'metadata' in value && 'data' in value && value.data instanceof Uint8Array;
}

interface Fault {
  message?: string;
  applicationFailureInfo: { type?: string };
}

/** Thrown by our own code; what the server says of timeouts and cancellations has another kind of info. */
function isFault(value: object): value is Fault {
  return 'applicationFailureInfo' in value && value.applicationFailureInfo !== null;
}

function isPlain({ message, applicationFailureInfo: { type = '' } }: Fault): boolean {
  return FAULT.test(type) && message === `a slice ended with ${type}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
