import type { Connector } from '#hub/connector-sdk';
import { ashby } from './ashby/connector.js';
import { caldav } from './caldav/connector.js';

/** Every connector of this build; a test holds the list against the folders. */
export const connectors: readonly Connector[] = [ashby, caldav];
