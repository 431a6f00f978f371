import type { Fields } from '../input.js';
import type { ApiKey } from '../records.js';
import type { Store } from '../store.js';

export type Body = Record<string, unknown>;

export interface Call {
  store: Store;
  key: ApiKey;
  body: Body;
  /** As the caller addressed us. */
  origin: string;
  /** Times are stored cut to the minute while a `reformat` fault lasts. */
  storedTime: (instant: string) => string;
  announce: (action: string, data: Body) => void;
}
export interface Endpoint {
  permission: string;
  fields: Fields;
  /** The rest of the answer beside `success: true`. */
  answer: (call: Call) => Body;
  /** The id and write id of what a write changed; its presence makes the endpoint a write. */
  wrote?: (answer: Body) => { id: string; writeId?: string };
}
export type Endpoints = Record<string, Endpoint>;

export const now = () => new Date().toISOString();
export const resultId = (answer: Body) => ({ id: (answer.results as { id: string }).id });
