import { isHistory } from './calendar-stream.js';
import type { EventPayload } from './event-payload.js';

test('the history window keeps what is not over and what comes again', () => {
  const payload = { start: null, end: { instant: '2026-12-01T10:00:00Z' }, recurring: false } as unknown as EventPayload;
  expect(isHistory({ payload }, new Date('2026-12-01T10:00:01Z'))).toBe(true);
  expect(isHistory({ payload }, new Date('2026-12-01T10:00:00Z'))).toBe(false);
  expect(isHistory({ payload: { ...payload, recurring: true } }, new Date('2027-01-01'))).toBe(false);
  expect(isHistory({ payload }, undefined)).toBe(false);
});
