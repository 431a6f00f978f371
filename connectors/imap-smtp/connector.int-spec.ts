import { describeConnector } from '#hub/connector-sdk/conformance';
import { describeIf } from '../../test/capabilities.js';
import { harnesses } from './conformance.js';
import { imapSmtp } from './connector.js';

for (const harness of harnesses) describeIf('dovecot', `on ${harness.on}`, () => describeConnector(imapSmtp, harness));
