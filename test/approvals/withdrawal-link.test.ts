import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ask } from '../../src/approvals/open.ts';
import { Links } from '../../src/approvals/links.ts';
import { WithdrawalLinks } from '../../src/approvals/withdrawal-link.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, mia, registeredAt } from '../fakes/registrations.ts';

const [oldKey, newKey] = [
  { id: 'old', secret: Buffer.alloc(32, 1) },
  { id: 'new', secret: Buffer.alloc(32, 2) },
];
const approval = ask({ context, request: requestOf(), approvers: ['desk@acme.com'], now: registeredAt });
const links = new WithdrawalLinks([newKey]);
const token = links.tokenFor(approval);

const accepts = (given: string, by = links, of = approval): boolean => {
  try {
    return by.verify(given, of) > 0;
  } catch (error) {
    expect(error).toMatchObject({ code: 'LINK_INVALID', message: 'this link is not valid' });
    return false;
  }
};

describe('src/approvals/withdrawal-link', () => {
  it('makes the same link each time, which ends when the approval does', () => {
    expect(links.tokenFor({ ...approval, revision: 7 })).toBe(token);
    expect(links.verify(token, approval)).toBe(approval.expiresAt);
    expect(links.approvalIdOf(token)).toBe(approval.id);
  });

  it('refuses a link with any character changed, cut or added, and any other text', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=%/'.split('');
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...alphabet), (index, character) => {
        const changed = token.slice(0, index) + character + token.slice(index + 1);
        return changed === token || !accepts(changed);
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.nat(token.length - 1), (length) => !accepts(token.slice(0, length))));
    fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 40 }), (tail) => !accepts(token + tail)));
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => !accepts(text)));
  });

  it.each([
    ['another approval', { id: '0'.repeat(32) }],
    ['another realm', { realm: 'other' }],
    ['another person', { userId: mia.eventId }],
  ])('refuses the link of %s', (_, other) => {
    expect(accepts(token, links, { ...approval, ...other })).toBe(false);
    expect(accepts(links.tokenFor({ ...approval, ...other }))).toBe(false);
  });

  it('lets nobody vote with it, and nobody withdraw with the link of an approver', () => {
    const approvers = new Links([newKey]);
    expect(() => approvers.claimOf(token)).toThrow('this link is not valid');
    expect(() => approvers.verify(token, approval)).toThrow('this link is not valid');
    expect(accepts(approvers.tokenFor(approval, 0))).toBe(false);
  });

  it('takes the links of every key, so that keys can be rotated, and of no other', () => {
    const before = new WithdrawalLinks([oldKey]).tokenFor(approval);
    expect(accepts(before, new WithdrawalLinks([newKey, oldKey]))).toBe(true);
    expect(accepts(before)).toBe(false);
    expect(() => new WithdrawalLinks([]).tokenFor(approval)).toThrow('set LINK_KEYS');
  });

  it('knows the value of its own page, and no other', () => {
    const nonce = links.nonceFor(token);
    expect(links.isNonce(nonce, token)).toBe(true);
    const other = links.tokenFor({ ...approval, userId: mia.eventId });
    expect([links.isNonce(nonce, other), links.isNonce('', token), links.isNonce(token, token)]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
