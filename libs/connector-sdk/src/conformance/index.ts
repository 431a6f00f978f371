export { startImapFaultProxy } from './mail-fault-proxy.js';
export { certify, type Certificate, type NamedHarness } from './certificate.js';
export { CHECKS } from './checks/index.js';
export { runChecks, type CheckResult } from './run-checks.js';
export { describeConnector } from './describe-connector.js';
export { startFaultProxy, type Fault, type FaultProxy } from './fault-proxy.js';
export { openKit, type ConformanceHarness, type ConformanceServer, type ConformanceWrites, type Kit } from './harness.js';
