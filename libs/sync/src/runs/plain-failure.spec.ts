import { ConnectorFailure } from '#hub/connector-sdk';
import { plainFailure } from './plain-failure.js';

describe('what Temporal keeps of a fault', () => {
  it.each([
    [
      'a database that quotes the value',
      Object.assign(new Error('invalid input syntax for type json: "Ada Lovelace"'), { code: '22P02' }),
      'SQLSTATE 22P02',
    ],
    ['a parser that quotes the text', new SyntaxError('Unexpected token A, "Ada Lovelace" is not valid JSON'), 'SyntaxError'],
    ['a vendor', new ConnectorFailure({ code: 'TRANSIENT', detail: 'Ada Lovelace was not there' }), 'TRANSIENT'],
    ['anything', 'Ada Lovelace', 'an unknown fault'],
  ])('of %s: its class', (_what, error, type) => {
    const failure = plainFailure(error);
    expect(failure).toMatchObject({ message: `a slice ended with ${type}`, type });
    expect(`${failure.message}${failure.stack}${String(failure.cause)}`).not.toContain('Lovelace');
  });

  it('and the place, for whoever looks for it', () => {
    expect(plainFailure(new Error('Ada')).stack).toMatch(/^a slice ended with Error\n\s+at .*plain-failure\.spec/);
  });
});
