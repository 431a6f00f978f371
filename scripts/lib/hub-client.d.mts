export interface HubClient {
  get<T = unknown>(path: string): Promise<T>;
  post<T = unknown>(path: string, body?: object): Promise<T>;
  patch<T = unknown>(path: string, body: object): Promise<T>;
  del<T = unknown>(path: string): Promise<T>;
  /** Every page of a list. */
  all<T = unknown>(path: string): Promise<T[]>;
  /** The sandbox's control API. */
  vendor<T = unknown>(method: string, path: string, body?: object): Promise<T>;
}
export function hubClient(at: { api: string; key: string; sandbox: string }): HubClient;
export function until<T>(what: string, test: () => Promise<T>, options?: { seconds?: number; everyMs?: number }): Promise<T>;
export function untilQuiet(hub: HubClient, options?: { seconds?: number }): Promise<void>;
export function reconcile(
  hub: HubClient,
  options?: { seconds?: number },
): Promise<{ parity: number; explained: number; unexplained: number }>;
