import type { Connector } from './connector.js';
import { validateSettings } from './validate-settings.js';

/** The vendor account of these settings, with the fallbacks of the connector where they are silent. @throws ConnectorFailure CONFIG */
export function accountOf(connector: Connector, settings: Record<string, unknown>): string {
  return connector.account(validateSettings(connector.settings, settings));
}
