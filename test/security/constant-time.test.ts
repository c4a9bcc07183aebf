import nodeCrypto from 'node:crypto';

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { ask } from '../../src/approvals/open.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';

// That the time of an answer tells nothing of a signature is proved by what is done, not by a clock: a clock makes a test fail
// by chance. `npm run bench -- link-timing` measures it.

/** Lengths of what was compared. */
let compared: [number, number][] = [];
let pretend = false;

jest.unstable_mockModule('node:crypto', () => ({
  ...nodeCrypto,
  timingSafeEqual: (left: Buffer, right: Buffer) => {
    compared.push([left.length, right.length]);
    return pretend || nodeCrypto.timingSafeEqual(left, right);
  },
}));

const { Links } = await import('../../src/approvals/links.ts');

const links = new Links([{ id: 'k', secret: Buffer.alloc(32, 7) }]);
const approval = ask({ context, request: requestOf(), approvers: ['ann@acme.com'], now: registeredAt });
const token = links.tokenFor(approval, 0);
const genuine = Buffer.from(token.split('.')[1] ?? '', 'base64url');

/** Links whose signature is right up to each of its bytes, and wrong in that one. */
const guesses = Array.from({ length: 32 }, (_, right) => {
  const bytes = Buffer.from(genuine);
  bytes.writeUInt8(bytes.readUInt8(23 + right) ^ 1, 23 + right);
  return `k.${bytes.toString('base64url')}`;
});

const accepts = (given: string): boolean => {
  try {
    return links.verify(given, approval).approver === 0;
  } catch {
    return false;
  }
};

beforeEach(() => {
  compared = [];
  pretend = false;
});

describe('src/approvals/links, by what it compares', () => {
  it('S10: compares the whole signature once, in constant time, however much of it is right', () => {
    for (const guess of guesses) {
      compared = [];
      expect(accepts(guess)).toBe(false);
      expect(compared).toEqual([[32, 32]]);
    }
  });

  it('S10: looks at the signature in no other way: where that comparison says equal, every guess passes', () => {
    pretend = true;
    expect(guesses.filter((guess) => !accepts(guess))).toEqual([]);
  });

  it('S10: compares the value of the form in the same way', () => {
    const nonce = links.nonceFor(token, 'shown');
    const wrong = [...nonce].map(
      (_, index) => `${nonce.slice(0, index)}${nonce[index] === 'A' ? 'B' : 'A'}${nonce.slice(index + 1)}`,
    );
    for (const given of wrong) {
      compared = [];
      expect(links.isNonce(given, token, 'shown')).toBe(false);
      expect(compared).toEqual([[43, 43]]);
    }
    pretend = true;
    expect(wrong.filter((given) => !links.isNonce(given, token, 'shown'))).toEqual([]);
  });
});
