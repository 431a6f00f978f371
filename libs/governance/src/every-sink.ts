import type { AlertSink } from './alerts.js';

/** Several sinks as one: delivered means that all have it. While one refuses, the others see the alert again and know it by its id. */
export function everySink(sinks: readonly AlertSink[]): AlertSink {
  return {
    send: async (alert) => {
      const results = await Promise.allSettled(sinks.map((sink) => sink.send(alert)));
      const refused = results.find((result) => result.status === 'rejected');
      if (refused) throw refused.reason;
    },
  };
}
