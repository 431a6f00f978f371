import type { Body } from './endpoints/endpoint.js';
import type { FaultPanel } from './faults.js';
import { cursorBefore } from './paging.js';
import { Refusal } from './refusal.js';

type Shown = Record<string, unknown> & { id?: string };

/** Walks that lose their token on purpose. */
export function refuseTokens(faults: FaultPanel, endpoint: string, { cursor, syncToken }: Body): void {
  if ((cursor ?? syncToken) !== undefined && faults.take('token-expired', endpoint)) {
    throw new Refusal('sync_token_expired', 'The token has expired, run a full sync');
  }
  if (syncToken !== undefined && faults.take('too-large', endpoint)) {
    throw new Refusal('incremental_sync_too_large', 'Too much has changed for an incremental sync, run a full sync');
  }
}

/** The answer with the faults that change what it says; the stored records stay as they are. */
export function spoilAnswer(faults: FaultPanel, endpoint: string, answer: Body): Body {
  return withDuplicate(faults, endpoint, withUnknownEnum(faults, endpoint, withoutLost(faults, endpoint, answer)));
}

/** Lists leave out what the key may no longer see. */
function withoutLost(faults: FaultPanel, endpoint: string, answer: Body): Body {
  if (!Array.isArray(answer.results)) return answer;
  const results = (answer.results as Shown[]).filter(
    ({ id }) => !faults.take('permission-lost', endpoint, ({ recordId }) => recordId === id),
  );
  return { ...answer, results };
}

function withUnknownEnum(faults: FaultPanel, endpoint: string, answer: Body): Body {
  const [resource] = endpoint.split('.');
  let struck = false;
  const change = (record: Shown): Shown => {
    const concerns = ({ resource: wanted, recordId }: { resource?: string; recordId?: string }) =>
      (wanted ?? resource) === resource && (recordId ?? record.id) === record.id;
    if (struck || !('status' in record) || !faults.take('unknown-enum', endpoint, concerns)) return record;
    struck = true;
    return { ...record, status: 'Paused' };
  };
  const { results } = answer;
  return { ...answer, results: Array.isArray(results) ? (results as Shown[]).map(change) : change(results as Shown) };
}

/** The last record of this page comes first on the next one too, or twice on the only page. */
function withDuplicate(faults: FaultPanel, endpoint: string, answer: Body): Body {
  const { results, nextCursor } = answer;
  if (!Array.isArray(results) || results.length === 0 || !faults.take('duplicate-record', endpoint)) return answer;
  if (typeof nextCursor === 'string') return { ...answer, nextCursor: cursorBefore(nextCursor) };
  return { ...answer, results: [...results, results[0]] };
}
