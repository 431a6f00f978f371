import type { Certificate } from '#hub/connector-sdk/conformance';
import type { Connector } from '#hub/connector-sdk';
import ashbyCertificate from './ashby/certificate.json';
import { ashby } from './ashby/connector.js';
import caldavCertificate from './caldav/certificate.json';
import { caldav } from './caldav/connector.js';

/** Every connector of this build; a test holds the list against the folders. */
export const connectors: readonly Connector[] = [ashby, caldav];

/** What `npm run conformance -- --all --write` last saw. */
export const certificates = [ashbyCertificate, caldavCertificate] as readonly Certificate[];
