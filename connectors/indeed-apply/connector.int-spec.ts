import { describeConnector } from '#hub/connector-sdk/conformance';
import { harnesses } from './conformance.js';
import { indeedApply } from './connector.js';

for (const harness of harnesses) describe(`on ${harness.on}`, () => describeConnector(indeedApply, harness));
