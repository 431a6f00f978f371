import { partsOf } from './validation.js';

describe('faults of a request', () => {
  it('become JSON pointers, at any depth, with names escaped', () => {
    const faults = [
      { property: 'name', constraints: { isString: 'name must be a string' } },
      {
        property: 'a/b~c',
        children: [{ property: '0', children: [{ property: 'until', constraints: { isISO8601: 'until must be a date' } }] }],
      },
    ];
    expect(partsOf(faults)).toEqual([
      { pointer: '/name', code: 'isString', detail: 'name must be a string' },
      { pointer: '/a~1b~0c/0/until', code: 'isISO8601', detail: 'until must be a date' },
    ]);
  });
});
