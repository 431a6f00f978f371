import { describeConnector } from '#hub/connector-sdk/conformance';
import { harnesses } from './conformance.js';
import { greenhouseAssessment } from './connector.js';

for (const harness of harnesses) describe(`on ${harness.on}`, () => describeConnector(greenhouseAssessment, harness));
