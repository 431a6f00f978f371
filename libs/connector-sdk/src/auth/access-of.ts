import type { Connector } from '../connector.js';

/** What a connection with these settings (as stored) needs to be let in: names of credentials, and whether a person must sign in. */
export function accessOf(
  { auth, settings: Settings }: Connector,
  settings: Record<string, unknown>,
): { credentials: string[]; signIn: boolean } {
  const { choice } = auth;
  if (!choice) return { credentials: auth.credentials, signIn: auth.signIn !== undefined };
  const { [choice.setting]: value } = { ...new (Settings as new () => Record<string, unknown>)(), ...settings };
  const chosen = String(value);
  return { credentials: choice.credentials[chosen] ?? auth.credentials, signIn: choice.signsIn.includes(chosen) };
}
