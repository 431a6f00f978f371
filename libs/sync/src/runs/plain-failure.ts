import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ConnectorFailure } from '#hub/connector-sdk';
import { sqlState } from '#hub/persistence';

/**
 * What Temporal may keep of a fault: its class and where it happened. Messages of databases and parsers quote the data that they choked on,
 * and a history is no place for that.
 */
export function plainFailure(error: unknown): Error {
  if (error instanceof CancelledFailure) return error;
  const type = faultOf(error);
  const failure = ApplicationFailure.create({ message: `a slice ended with ${type}`, type });
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  failure.stack = [failure.message, ...frames].join('\n');
  return failure;
}

/** A failure code, an SQLSTATE, or the name of the error's class. */
function faultOf(error: unknown): string {
  if (error instanceof ConnectorFailure) return error.code;
  const state = sqlState(error);
  if (/^[0-9A-Z]{5}$/.test(state)) return `SQLSTATE ${state}`;
  return error instanceof Error ? error.constructor.name : 'an unknown fault';
}
