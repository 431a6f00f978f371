import type { Certificate } from '#hub/connector-sdk/conformance';
import type { Connector } from '#hub/connector-sdk';
import ashbyCertificate from './ashby/certificate.json';
import { ashby } from './ashby/connector.js';
import caldavCertificate from './caldav/certificate.json';
import { caldav } from './caldav/connector.js';
import googleCalendarCertificate from './google-calendar/certificate.json';
import { googleCalendar } from './google-calendar/connector.js';
import imapSmtpCertificate from './imap-smtp/certificate.json';
import { imapSmtp } from './imap-smtp/connector.js';

/** Every connector of this build; a test holds the list against the folders. */
export const connectors: readonly Connector[] = [ashby, caldav, googleCalendar, imapSmtp];

/** What `npm run conformance -- --all --write` last saw. */
export const certificates = [ashbyCertificate, caldavCertificate, googleCalendarCertificate, imapSmtpCertificate] as readonly Certificate[];
