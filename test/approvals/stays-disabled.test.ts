import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import { opensAccount, staysDisabled } from '../../src/approvals/stays-disabled.ts';
import type { Step } from '../../src/rules/model.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';

const enabling: Step = { uses: 'enable-user', with: null, after: null };
const later: Step = { ...enabling, after: 60_000 };
const joining: Step = { uses: 'join-group', with: { group: '/partners' }, after: null };

function held(hold: Approval['hold'], heldAccount: boolean, approved: readonly Step[] = []): Approval {
  const request = requestOf({ hold, approved });
  return { ...ask({ context, request, approvers: ['ann@acme.com'], now: registeredAt }), heldAccount };
}

describe('src/approvals/stays-disabled', () => {
  it.each<[string, Approval, boolean]>([
    ['held by the account', held('account', true), true],
    ['held by the account that somebody else had disabled', held('account', false), false],
    ['disabled by the rule, with a step that enables', held('none', true, [enabling]), true],
    ['disabled by the rule, with a step that enables among others', held('none', true, [joining, enabling]), true],
    ['disabled by the rule, with no step', held('none', true), false],
    ['disabled by the rule, with other steps', held('none', true, [joining]), false],
    ['disabled by the rule, with a step that enables later', held('none', true, [later]), false],
    ['disabled by somebody else, with a step that enables', held('none', false, [enabling]), false],
    ['held by the gate', held('gate', false), false],
  ])('knows whether an approval opens an account: %s', (_, approval, opens) => {
    expect(opensAccount(approval)).toBe(opens);
  });

  it.each<[string, Approval, boolean, Awaited<ReturnType<typeof staysDisabled>>]>([
    ['works', held('gate', false), true, null],
    ['works, whatever the rule says', held('none', true), true, null],
    ['is held', held('account', true), false, null],
    ['was disabled by somebody else', held('account', false), false, 'not-ours'],
    ['has no step that enables it', held('none', true, [joining]), false, 'rule'],
  ])('says why an account stays disabled, or that it does not: one that %s', async (_, approval, enabled, why) => {
    await expect(staysDisabled(approval, { enabled }, new FakeAdminEvents())).resolves.toBe(why);
  });

  it('names an administrator who disabled it as well, before what the rule says', async () => {
    const adminEvents = new FakeAdminEvents();
    adminEvents.other = { at: registeredAt + 1, by: 'user 42' };
    for (const approval of [held('account', true), held('none', true)]) {
      await expect(staysDisabled(approval, { enabled: false }, adminEvents)).resolves.toBe('administrator');
    }
  });
});
