import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ask } from '../../src/approvals/open.ts';
import { Links, parseLinkKeys } from '../../src/approvals/links.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';

const [oldKey, newKey] = [
  { id: 'old', secret: Buffer.alloc(32, 1) },
  { id: 'new', secret: Buffer.alloc(32, 2) },
];
const approvers = ['desk@acme.com', 'boss@acme.com'];
const approval = ask({ context, request: requestOf(), approvers, now: registeredAt });
const links = new Links([newKey]);
const token = links.tokenFor(approval, 1);

const accepts = (given: string, by = links, of = approval): boolean => {
  try {
    return by.verify(given, of).approver === 1;
  } catch (error) {
    expect(error).toMatchObject({ code: 'LINK_INVALID', message: 'this link is not valid' });
    return false;
  }
};

describe('src/approvals/links', () => {
  it('makes the same link each time, so that a mail sent twice holds one', () => {
    expect(links.tokenFor(approval, 1)).toBe(token);
    expect(links.verify(token, approval)).toEqual({ approver: 1, expiresAt: approval.expiresAt });
    expect(links.claimOf(token).approvalId).toBe(approval.id);
  });

  it('makes the links that mails of earlier versions hold', () => {
    const earlier = { ...approval, id: 'ab'.repeat(16), expiresAt: 1_795_479_557_788 };
    const mailed = 'new.q6urq6urq6urq6urq6urqwABAGsE2AaS-huwDUKbzp4tqMkPTrp4nwlWvVFEf1rf3XsBntbqag';
    expect(links.tokenFor(earlier, 1)).toBe(mailed);
  });

  it('gives each approver a link of their own', () => {
    expect(links.tokenFor(approval, 0)).not.toBe(token);
    expect(links.verify(links.tokenFor(approval, 0), approval).approver).toBe(0);
  });

  it('refuses a link with any character changed', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=%/'.split('');
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...alphabet), (index, character) => {
        const changed = token.slice(0, index) + character + token.slice(index + 1);
        return changed === token || !accepts(changed);
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses another spelling of a genuine link: base64 has sixteen last characters for the same bytes', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');
    expect(alphabet.filter((last) => accepts(token.slice(0, -1) + last))).toEqual([token.at(-1)]);
  });

  it('refuses a link that was cut, padded, or is something else altogether', () => {
    fc.assert(fc.property(fc.nat(token.length - 1), (length) => !accepts(token.slice(0, length))));
    fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 40 }), (tail) => !accepts(token + tail)));
    fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 40 }), (head) => !accepts(head + token)));
    expect(accepts(` ${token}`)).toBe(false);
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => !accepts(text)));
  });

  it('refuses the link of another approval, realm or approver', () => {
    expect(accepts(token, links, { ...approval, id: '0'.repeat(32) })).toBe(false);
    expect(accepts(token, links, { ...approval, realm: 'other' })).toBe(false);
    expect(accepts(token, links, { ...approval, approvers: ['desk@acme.com', 'evil@acme.com'] })).toBe(false);
  });

  it('refuses a genuine link of an approver whom the approval does not have', () => {
    expect(() => links.verify(links.tokenFor(approval, approvers.length), approval)).toThrow('this link is not valid');
  });

  it('makes no link without a key, and says which setting is missing', () => {
    expect(() => new Links([]).tokenFor(approval, 0)).toThrow('set LINK_KEYS');
  });

  it('signs with the first key and takes links of all, so that keys can be rotated', () => {
    const before = new Links([oldKey]).tokenFor(approval, 1);
    const during = new Links([newKey, oldKey]);
    expect(accepts(before, during)).toBe(true);
    expect(during.tokenFor(approval, 1)).toBe(token);
    expect(accepts(before, links)).toBe(false);
  });

  it('rotates in the order that docs/recover.md gives: appended, in front, alone', () => {
    const [k1, k2] = [`k1:${oldKey.secret.toString('base64')}`, `k2:${newKey.secret.toString('base64')}`];
    const steps = [k1, `${k1},${k2}`, `${k2},${k1}`, k2].map((text) => new Links(parseLinkKeys(text)));
    const signs = steps.map((by) => by.tokenFor(approval, 1).split('.')[0]);
    expect(signs).toEqual(['k1', 'k1', 'k2', 'k2']);
    // While instances restart one after another, each takes the links of those before and after it.
    for (const [index, by] of steps.slice(0, 3).entries()) {
      expect(accepts(by.tokenFor(approval, 1), steps[index + 1])).toBe(true);
      expect(accepts(steps[index + 1]!.tokenFor(approval, 1), by)).toBe(true);
    }
    const docs = readFileSync(join(import.meta.dirname, '../../docs/recover.md'), 'utf8');
    const order = [...docs.matchAll(/^\d\. .*`(k\d:…,k\d:…)`/gm)].map(([, keys]) => keys);
    expect(order).toEqual(['k1:…,k2:…', 'k2:…,k1:…']);
  });

  it('refuses keys that are too short', () => {
    expect(() => parseLinkKeys('k1:c2hvcnQ=')).toThrow('LINK_KEYS: key k1 has 5 bytes, 32 are needed');
    expect(parseLinkKeys(`a:${'A'.repeat(44)}, b:${'B'.repeat(44)}`).map(({ id }) => id)).toEqual(['a', 'b']);
  });
});
