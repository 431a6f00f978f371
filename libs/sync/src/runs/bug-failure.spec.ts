import { ConnectorFailure } from '#hub/connector-sdk';
import { LostLease } from '#hub/persistence';
import { asFailure, isOutsideOfUs } from './bug-failure.js';

describe('a fault of ours', () => {
  it('is a BUG that names its class and place, and quotes nothing', () => {
    const { code, detail } = asFailure(new TypeError('Cannot read properties of "Ada Lovelace"'));
    expect(code).toBe('BUG');
    expect(detail).toMatch(/^a fault of the hub or its connector \(TypeError in .*bug-failure\.spec\.ts\); report it$/);
    expect(asFailure('Ada Lovelace').detail).not.toContain('Ada');
  });

  it('a vendor’s failure stays what it is', () => {
    const failure = new ConnectorFailure({ code: 'PERMISSION', detail: 'no' });
    expect(asFailure(failure)).toBe(failure);
  });

  it('is not what a lost lease or an absent database is', () => {
    expect([new LostLease(), Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), new TypeError('x')].map(isOutsideOfUs)).toEqual([
      true,
      true,
      false,
    ]);
  });
});
