import { describe, expect, it } from '@jest/globals';

import { parseSnapshot } from '../../../src/adapters/redis/snapshot.ts';
import { ask } from '../../../src/approvals/open.ts';
import { vote } from '../../../src/approvals/transitions.ts';
import type { ApprovalRequest } from '../../../src/rules/model.ts';
import { context } from '../../fakes/registrations.ts';

const request: ApprovalRequest = {
  approvers: [],
  need: 1,
  hold: 'account',
  waitFor: null,
  remindAfter: null,
  expireAfter: 1_000,
  approved: [{ uses: 'join-group', with: { group: '/partners' }, after: null }],
  rejected: [{ uses: 'delete-user', with: null, after: 86_400_000 }],
  expired: [],
};
const approval = ask({ context, request, approvers: ['desk@acme.test'], now: 1_000 });
const step = (given: object) => JSON.stringify({ ...approval, then: { ...approval.then, approved: [given] } });

describe('src/adapters/redis/snapshot', () => {
  it('reads what an approval is stored as, in each state, with all that its writer put in', () => {
    const given = { approver: 'desk@acme.test', verdict: 'approve', at: 1_001, ip: null, userAgent: null } as const;
    const voted = vote(approval, given);
    for (const stored of [approval, 'next' in voted ? voted.next : null, { ...approval, ofALaterVersion: true }]) {
      expect(parseSnapshot(JSON.stringify(stored))).toEqual(stored);
    }
  });

  it.each([
    ['no JSON', '{', 'not JSON'],
    ['no object', 'null', 'it: '],
    ['a state of another version', JSON.stringify({ ...approval, state: 'forwarded' }), 'state: '],
    ['a revision that is none', JSON.stringify({ ...approval, revision: 0 }), 'revision: '],
    ['text for a time', JSON.stringify({ ...approval, expiresAt: '2' }), 'expiresAt: '],
    ['a user that is no id', JSON.stringify({ ...approval, userId: '../clients' }), 'userId: '],
    ['no steps', JSON.stringify({ ...approval, then: undefined }), 'then: '],
    ['a step that there is not', step({ uses: 'make-admin', with: null, after: null }), 'then.approved.0'],
    ['a step with another operand', step({ uses: 'join-group', with: { group: 'x' }, after: null }), 'then.approved.0'],
    ['a step with more than it takes', step({ uses: 'delete-user', with: null, after: null, realm: 'x' }), 'then.'],
    ['a step with a time that is none', step({ uses: 'delete-user', with: null, after: -1 }), 'then.approved.0.after'],
  ])('refuses %s, and names the field', (_what, json, message) => {
    expect(() => parseSnapshot(json)).toThrow(
      expect.objectContaining({ code: 'APPROVAL_UNREADABLE', message: expect.stringContaining(message) }),
    );
  });
});
