export type Capability = 'temporal' | 'temporal_test_server' | 'radicale' | 'xandikos' | 'dovecot' | 'vendor_specs';

/** Describes tests that need something this machine may not have; without it they are skipped by name, and counted. */
export function describeIf(capability: Capability, name: string, tests: () => void): void {
  const has = process.env[`TRIBUTARY_HAS_${capability.toUpperCase()}`] === '1';
  const title = has ? name : `${name} (needs ${capability})`;
  (has ? describe : describe.skip)(title, tests);
}
