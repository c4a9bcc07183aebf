import { describe, expect, it } from '@jest/globals';

import { isSigned } from '../../src/registration/signature.ts';

const value = Buffer.from('what do ya want for nothing?');
const signature = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';

describe('src/registration/signature', () => {
  it('holds for what the listener signed with the same key: RFC 4231, test case 2', () => {
    expect(isSigned(value, Buffer.from(signature), 'Jefe')).toBe(true);
  });

  it.each([
    ['no signature', value, undefined, 'Jefe'],
    ['an empty one', value, '', 'Jefe'],
    ['a part of one', value, signature.slice(0, -1), 'Jefe'],
    ['a longer one', value, `${signature}0`, 'Jefe'],
    ['one with another digit', value, signature.replace('5', '6'), 'Jefe'],
    ['another value', Buffer.from('what do ya want for something?'), signature, 'Jefe'],
    ['another key', value, signature, 'Jeff'],
  ])('does not hold for %s', (_, bytes, given, key) => {
    expect(isSigned(bytes, given, key)).toBe(false);
  });
});
