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
  failure.stack = [failure.message, ...framesOf(error)].join('\n');
  return failure;
}

/** A stack begins with the message, and a line of that may look like a frame; without a known beginning there are none. */
export function framesOf(error: unknown): string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const begin = error.stack.indexOf(error.message);
  if (begin < 0) return [];
  const lines = error.stack.slice(begin + error.message.length).split('\n');
  return lines.filter((line) => /^\s+at /.test(line));
}

/** A failure code, an SQLSTATE, or the name of the error's class. */
export function faultOf(error: unknown): string {
  if (error instanceof ConnectorFailure) return error.code;
  const state = sqlState(error);
  if (/^[0-9A-Z]{5}$/.test(state)) return `SQLSTATE ${state}`;
  return error instanceof Error ? error.constructor.name : 'an unknown fault';
}
