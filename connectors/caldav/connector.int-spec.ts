import { describeConnector } from '#hub/connector-sdk/conformance';
import { describeIf } from '../../test/capabilities.js';
import { harnesses } from './conformance.js';
import { caldav } from './connector.js';

const [radicale, xandikos] = harnesses;
describeConnector(caldav, radicale);
describeIf('xandikos', 'on Xandikos', () => describeConnector(caldav, xandikos));
