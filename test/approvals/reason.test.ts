import { describe, expect, it } from '@jest/globals';

import type { Vote } from '../../src/approvals/approval.ts';
import { reasonOf, reasonToTell } from '../../src/approvals/reason.ts';

const by = (verdict: Vote['verdict'], more: Partial<Vote> = {}): Vote => ({
  approver: 'ann@acme.com',
  verdict,
  at: 1,
  ip: null,
  userAgent: null,
  ...more,
});

describe('src/approvals/reason', () => {
  it.each([
    ['nothing', '', {}],
    ['blanks and what nobody sees', ' \r\n\u200b\u202e ', {}],
    ['several lines', ' Not ours.\r\n\r\nSorry \u202etxt ', { reason: 'Not ours. Sorry txt' }],
    ['control characters', 'a\u0000b\u001b[31mc', { reason: 'a b [31mc' }],
    ['501 characters', '𝄞'.repeat(501), { reason: '𝄞'.repeat(500) }],
  ])('makes one paragraph of at most 500 characters of %s', (_, typed, expected) => {
    expect(reasonOf('reject', typed)).toEqual(expected);
  });

  it('lets the person read it only if the approver ticked that, and only of a rejection', () => {
    expect(reasonOf('reject', 'why', true)).toEqual({ reason: 'why', tellReason: true });
    expect(reasonOf('reject', 'why')).toEqual({ reason: 'why' });
    expect(reasonOf('approve', 'why', true)).toEqual({ reason: 'why' });
    expect(reasonOf('reject', '', true)).toEqual({});
  });

  it('tells the reason of the rejection, and of no vote before it', () => {
    const yes = by('approve', { reason: 'fine' });
    const no = by('reject', { reason: 'not ours', tellReason: true });
    expect(reasonToTell({ state: 'rejected', votes: [yes, no] })).toBe('not ours');
    expect(reasonToTell({ state: 'rejected', votes: [yes, by('reject', { reason: 'not ours' })] })).toBeNull();
    expect(reasonToTell({ state: 'waiting', votes: [yes] })).toBeNull();
    expect(reasonToTell({ state: 'expired', votes: [yes] })).toBeNull();
  });
});
