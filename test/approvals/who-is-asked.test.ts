import { describe, expect, it } from '@jest/globals';

import type { Approval, Vote } from '../../src/approvals/approval.ts';
import { cannotHandOver, handOver } from '../../src/approvals/hand-over.ts';
import { ask } from '../../src/approvals/open.ts';
import { beginAsking, unheard, vote } from '../../src/approvals/transitions.ts';
import { type Approver, asked, escalated, lookedUp, turnAt } from '../../src/approvals/who-is-asked.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt as start } from '../fakes/registrations.ts';

const approver = (name: string, more: Partial<Approver> = {}): Approver => ({
  address: `${name}@acme.com`,
  locale: null,
  zone: null,
  ...more,
});
const people = (...names: string[]) => names.map((name) => approver(name));
const desk = [{ group: '/desk' }];

function question(
  names: string,
  changes: Parameters<typeof requestOf>[0] = {},
  more: Partial<Approval> = {},
): Approval {
  const request = requestOf({ approvers: desk, ...changes });
  return { ...ask({ context, request, approvers: people(...names.split(' ')), now: start }), ...more };
}

const yes = (name: string): Vote => ({
  approver: `${name}@acme.com`,
  verdict: 'approve',
  at: start + 1,
  ip: null,
  userAgent: null,
});

function voted(approval: Approval, name: string): Approval {
  const counted = vote(approval, yes(name));
  if ('refused' in counted) {
    throw new Error(counted.refused);
  }
  return counted.next;
}

/** Names of those who may vote. */
const may = (approval: Approval) =>
  unheard(approval)
    .map((number) => approval.approvers[number]?.split('@')[0])
    .join(' ');

describe('src/approvals/who-is-asked', () => {
  it.each([
    ['all are still there', 'ann bob', 1, '', 'ann bob', null],
    ['one has left', 'ann bob', 1, '', 'ann', 'ann'],
    ['one has come', 'ann bob', 1, '', 'ann bob cem', 'ann bob cem'],
    ['one has come for another', 'ann bob', 2, '', 'ann cem', 'ann cem'],
    ['nobody is found', 'ann bob', 1, '', '', null],
    ['too few are left to decide', 'ann bob cem', 2, '', 'ann', null],
    ['one came, and too few would be left without those who went', 'ann bob cem', 3, '', 'ann dan', 'ann bob cem dan'],
    ['the one who left has voted', 'ann bob cem', 2, 'ann', 'bob cem', null],
    ['the vote of the one who left leaves one to go', 'ann bob cem', 2, 'ann', 'bob', 'bob'],
  ])('looks approvers up again: %s', (_, names, need, votes, found, after) => {
    const before = votes === '' ? question(names, { need }) : voted(question(names, { need }), votes);
    const changed = lookedUp(before, people(...found.split(' ').filter(Boolean)));
    expect(changed && may(changed.next)).toBe(after);
    expect((changed?.next ?? before).need).toBe(before.need);
    expect((changed?.next ?? before).votes).toEqual(before.votes);
  });

  it('names who left, asks who came in their language, and those who are back', () => {
    const before = question('ann bob', {}, { languages: ['fr', null], language: 'de' });
    const came = lookedUp(before, [
      approver('ann'),
      approver('cem', { zone: 'Asia/Tokyo' }),
      approver('eve', { locale: 'fr' }),
    ]);
    expect(came).toMatchObject({
      retired: ['bob@acme.com'],
      next: {
        revision: 2,
        retired: [1],
        languages: ['fr', null, 'de', 'fr'],
        zones: [null, null, 'Asia/Tokyo', null],
        toAsk: [
          { approver: 2, asking: 'ask' },
          { approver: 3, asking: 'ask' },
        ],
      },
    });
    const back = came && lookedUp(came.next, people('ann', 'bob', 'cem', 'eve'));
    expect(back?.next).not.toHaveProperty('retired');
    expect(back?.retired).toEqual([]);
  });

  describe('an approver who changes their address in Keycloak', () => {
    const member = (name: string, userId: string) => approver(name, { userId });
    const asked = (need: number): Approval => ({
      ...ask({
        context,
        request: requestOf({ approvers: desk, need, delegate: '/desk' }),
        approvers: [member('ann', '1'), member('bob', '2')],
        now: start,
      }),
    });
    const moved = [member('ann2', '1'), member('bob', '2')];

    it('has no second vote under the new address', () => {
      const after = voted(asked(2), 'ann');
      expect(lookedUp(after, moved)).toBeNull();
      expect(escalated(after, moved).approvers).toEqual(after.approvers);
      expect(handOver(after, 1, member('ann2', '1'), start + 2)).toEqual({ refused: 'has-voted' });
    });

    it('does not get the question back that they handed over', () => {
      const given = handOver(asked(1), 0, member('cem', '3'), start + 1);
      const next = 'next' in given ? given.next : asked(1);
      expect(lookedUp(next, moved, ['cem@acme.com'])).toBeNull();
      expect(handOver(next, 2, member('ann2', '1'), start + 2)).toEqual({ refused: 'handed-it-over' });
    });

    it('cannot hand the question over to themselves', () => {
      expect(handOver(asked(1), 0, member('ann2', '1'), start + 1)).toEqual({ refused: 'yourself' });
    });

    it('is asked there, and nowhere else, before they vote', () => {
      const changed = lookedUp(asked(1), moved);
      expect(changed && may(changed.next)).toBe('bob ann2');
      expect(changed?.next.people).toEqual(['1', '2', '1']);
    });

    it('votes once, also where both addresses are asked', () => {
      const both: Approval = { ...asked(2), approvers: ['ann@acme.com', 'bob@acme.com', 'ann2@acme.com'] };
      const after = voted({ ...both, people: ['1', '2', '1'] }, 'ann');
      expect(vote(after, yes('ann2'))).toEqual({ refused: 'already-voted' });
      expect(may(after)).toBe('bob');
    });
  });

  it('does not count the vote of one who is not asked any more', () => {
    const without = lookedUp(question('ann bob'), people('ann'));
    expect(without && vote(without.next, yes('bob'))).toEqual({ refused: 'not-asked-any-more' });
    expect(without && voted(without.next, 'ann').state).toBe('approved');
  });

  it('keeps those who got the question by hand, and asks nobody again who gave it away', () => {
    const given = handOver(question('ann bob', { delegate: '/leads' }), 0, approver('cem'), start + 1);
    const next = 'next' in given ? given.next : question('ann');
    expect(lookedUp(next, people('ann', 'bob'), ['cem@acme.com'])).toBeNull();
    const gone = lookedUp(next, people('ann', 'bob'));
    expect(gone && may(gone.next)).toBe('bob');
  });

  it('asks more people when nobody decided, once, and looks them up with the others from then on', () => {
    const escalate = { after: 10, to: [{ group: '/leads' }] };
    const before = question('ann bob', { escalate }, { retired: [1] });
    const next = escalated(before, people('bob', 'lea'));
    expect(may(next)).toBe('ann bob lea');
    expect(next).toMatchObject({ asks: [...desk, ...escalate.to], need: 1, state: 'waiting' });
    expect(next).not.toHaveProperty('escalate');
    expect(next.toAsk).toEqual([
      { approver: 2, asking: 'escalate' },
      { approver: 1, asking: 'escalate' },
    ]);
  });

  it('takes its turn at the first of reminder and escalation, and at once for those who came in', () => {
    const escalate = { after: 20, to: [{ group: '/leads' }] };
    const times = question('ann', { remindAfter: 10, remindAgain: [30, 40], escalate });
    expect(turnAt(question('ann'))).toBeNull();
    expect(turnAt(times)).toBe(start + 10);
    const reminded = asked(times, start + 10);
    expect([reminded.remindAt, reminded.remindLater, turnAt(reminded)]).toEqual([start + 30, [start + 40], start + 20]);
    expect(turnAt(escalated(reminded, people('lea')))).toBe(start);
    expect(turnAt(asked(escalated(reminded, people('lea')), start + 20))).toBe(start + 30);
  });

  it('makes one reminder of those whose time has passed', () => {
    const late = asked(question('ann', { remindAfter: 10, remindAgain: [30, 40] }), start + 35);
    expect([late.remindAt, 'remindLater' in late]).toEqual([start + 40, false]);
    expect(asked(late, start + 40)).toMatchObject({ remindAt: null });
  });

  it('counts all times from when approvers are asked', () => {
    const escalate = { after: 20, to: [{ group: '/leads' }] };
    const waits = question('ann', { remindAfter: 10, remindAgain: [30], escalate, waitFor: 'email-verified' });
    expect(beginAsking(waits, start + 1_000)).toMatchObject({
      remindAt: start + 1_010,
      remindLater: [start + 1_030],
      escalate: { at: start + 1_020 },
    });
  });
});

describe('src/approvals/hand-over', () => {
  const open = (names: string, more: Parameters<typeof requestOf>[0] = {}) =>
    question(names, { delegate: '/desk', ...more });
  const after = (approval: Approval, from: number, name: string) => handOver(approval, from, approver(name), start + 5);

  it('puts a colleague in the place of the approver, who cannot vote then', () => {
    const given = after(open('ann bob', { need: 2 }), 0, 'cem');
    const next = 'next' in given ? given.next : open('ann');
    expect(may(next)).toBe('bob cem');
    expect(next).toMatchObject({
      need: 2,
      retired: [0],
      handedOver: [{ from: 0, to: 2, at: start + 5 }],
      toAsk: [{ approver: 2, asking: 'handed-over-0' }],
    });
    expect(vote(next, yes('ann'))).toEqual({ refused: 'not-asked-any-more' });
    expect(voted(next, 'cem').votes).toHaveLength(1);
  });

  it('gives it to one who is asked already, if enough are left', () => {
    const given = after(open('ann bob'), 0, 'bob');
    expect('next' in given && may(given.next)).toBe('bob');
    expect(after(open('ann bob', { need: 2 }), 0, 'bob')).toEqual({ refused: 'too-few' });
  });

  it('asks one again who had left, for the group of the rule has them', () => {
    const given = after({ ...open('ann bob cem'), retired: [1] }, 0, 'bob');
    expect('next' in given && may(given.next)).toBe('bob cem');
  });

  const handed = after(open('ann bob cem'), 0, 'bob');
  const once = 'next' in handed ? handed.next : open('ann');

  it.each<[string, Approval, number, string, string]>([
    ['when it is decided', voted(open('ann bob'), 'ann'), 1, 'cem', 'already-decided'],
    ['when it has expired', { ...open('ann'), state: 'expired' }, 0, 'cem', 'expired'],
    ['when its time is up', { ...open('ann'), expiresAt: start + 5 }, 0, 'cem', 'expired'],
    ['where the rule does not say so', question('ann'), 0, 'cem', 'not-allowed'],
    ['before anybody is asked', { ...open('ann'), waitFor: 'email-verified' }, 0, 'cem', 'not-allowed'],
    ['after the approver has voted', voted(open('ann bob', { need: 2 }), 'ann'), 0, 'cem', 'already-voted'],
    ['by one who is not asked any more', { ...open('ann bob'), retired: [0] }, 0, 'cem', 'not-asked-any-more'],
    ['a second time', once, 0, 'cem', 'not-asked-any-more'],
    ['to oneself', open('ann'), 0, 'ann', 'yourself'],
    ['to one who has voted', voted(open('ann bob', { need: 2 }), 'ann'), 1, 'ann', 'has-voted'],
    ['to one who gave it away', once, 1, 'ann', 'handed-it-over'],
  ])('is refused %s', (_, approval, from, to, refused) => {
    expect(after(approval, from, to)).toEqual({ refused });
  });

  it('is offered only to those who can', () => {
    expect(cannotHandOver(open('ann'), 0, start + 1)).toBeNull();
    expect(cannotHandOver(open('ann'), 1, start + 1)).toBe('not-asked-any-more');
  });
});
