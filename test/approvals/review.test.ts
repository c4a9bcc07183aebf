import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { review, type UnsentMail } from '../../src/approvals/review.ts';
import type { OutcomeState } from '../../src/approvals/trouble.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { asked } from '../fakes/stored-approvals.ts';

const setback = { step: 'join-group', name: '/partners', code: 'GROUP_MISSING', since: 2, attempts: 3 };
const failing: OutcomeState = {
  givenUp: false,
  setbacks: [setback],
  code: 'GROUP_MISSING',
  attempts: 3,
  queuedAt: 1,
  nextAt: 9,
};
const decided = (change: Partial<Approval> = {}): Approval => asked({ state: 'approved', decidedAt: 1, ...change });

function sources(
  approvals: readonly Approval[],
  { states = {}, unsent = [] }: { states?: Record<string, OutcomeState>; unsent?: readonly UnsentMail[] } = {},
) {
  const listed = (those: readonly Approval[]) => async (limit: number) => ({
    ids: those.slice(0, limit).map(({ id }) => id),
    total: those.length,
  });
  return {
    approvals: {
      get: async (id: string) => approvals.find((approval) => approval.id === id) ?? null,
      waiting: listed(approvals.filter(({ state }) => state === 'waiting')),
      unsettled: listed(approvals.filter(({ state, settled }) => state !== 'waiting' && !settled)),
    },
    outcomes: { find: async ({ id }: Pick<Approval, 'id'>) => states[id] ?? null },
    unsent: async () => unsent,
  };
}

const mailOf = ({ id }: Approval, to: UnsentMail['to']): UnsentMail => ({
  approvalId: id,
  to,
  code: 'MAIL_REFUSED',
  at: 5,
  job: 'mail/tell-1',
});

describe('src/approvals/review', () => {
  it('tells how each request stands, and what needs somebody first', async () => {
    const [waiting, working, failed, lost, untold] = [
      asked(),
      decided(),
      decided(),
      decided(),
      decided({ settled: true }),
    ];
    const states = { [failed.id]: failing, [lost.id]: { ...failing, givenUp: true } };
    const from = sources([waiting, working, failed, lost, untold], { states, unsent: [mailOf(untold, 'person')] });
    const { requests } = await review(from, 10);
    expect(requests.map(({ approval, standing }) => [standing, approval.id])).toEqual([
      ['given-up', lost.id],
      ['not-told', untold.id],
      ['trouble', failed.id],
      ['under-way', working.id],
      ['waiting', waiting.id],
    ]);
    expect(requests[0]?.trouble).toEqual([{ ...setback, givenUp: true }]);
  });

  it('names a mail to an approver of a request that waits', async () => {
    const waiting = asked();
    const { requests } = await review(sources([waiting], { unsent: [mailOf(waiting, 0)] }), 10);
    expect(requests).toMatchObject([{ standing: 'waiting', unsent: [{ to: 0, code: 'MAIL_REFUSED' }] }]);
  });

  it('leaves out what is done, and what is forgotten', async () => {
    const done = decided({ settled: true });
    const unsent = [mailOf(done, 0), mailOf(asked(), 'person')];
    expect(await review(sources([done], { unsent }), 10)).toEqual({ requests: [], more: 0 });
  });

  it('says how many more there are', async () => {
    const { requests, more } = await review(sources([asked(), asked(), asked(), decided()]), 2);
    expect([requests.length, more]).toEqual([3, 1]);
  });

  it('shows the others also where one is of another version', async () => {
    const [readable, other] = [asked(), asked()];
    const from = sources([readable, other]);
    const { get } = from.approvals;
    from.approvals.get = async (id) =>
      id === other.id ? Promise.reject(new ServiceError('APPROVAL_UNREADABLE', 'newer')) : get(id);
    expect((await review(from, 10)).requests.map(({ approval }) => approval.id)).toEqual([readable.id]);
  });
});
