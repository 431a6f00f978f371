import type { Certificate } from '#hub/connector-sdk/conformance';
import type { Connector } from '#hub/connector-sdk';
import ashbyCertificate from './ashby/certificate.json';
import { ashby } from './ashby/connector.js';
import caldavCertificate from './caldav/certificate.json';
import { caldav } from './caldav/connector.js';
import googleCalendarCertificate from './google-calendar/certificate.json';
import { googleCalendar } from './google-calendar/connector.js';
import greenhouseAssessmentCertificate from './greenhouse-assessment/certificate.json';
import { greenhouseAssessment } from './greenhouse-assessment/connector.js';
import imapSmtpCertificate from './imap-smtp/certificate.json';
import { imapSmtp } from './imap-smtp/connector.js';
import indeedApplyCertificate from './indeed-apply/certificate.json';
import { indeedApply } from './indeed-apply/connector.js';

/** Every connector of this build; a test holds the list against the folders. */
export const connectors: readonly Connector[] = [ashby, caldav, googleCalendar, greenhouseAssessment, imapSmtp, indeedApply];

/** What `npm run conformance -- --all --write` last saw. */
export const certificates = [
  ashbyCertificate,
  caldavCertificate,
  googleCalendarCertificate,
  greenhouseAssessmentCertificate,
  imapSmtpCertificate,
  indeedApplyCertificate,
] as readonly Certificate[];
