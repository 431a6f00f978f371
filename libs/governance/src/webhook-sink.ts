import type { AlertSink } from './alerts.js';

/** Posts each alert as JSON. `post` is the guarded client of connector-sdk; it rejects unless the receiver answered 2xx. */
export function webhookSink(post: (url: string, body: unknown) => Promise<void>, url: string): AlertSink {
  return {
    send: ({ id, kind, subject, whoActs, message, openedAt }) =>
      post(url, { id, kind, subject, whoActs, message, openedAt: openedAt.toISOString() }),
  };
}
