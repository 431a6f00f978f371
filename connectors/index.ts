import type { Connector } from '#hub/connector-sdk';
import { caldav } from './caldav/connector.js';

/** Every connector of this hub; a test holds the list against the folders. */
export const connectors: Connector[] = [caldav];
