import { describe, expect, it } from '@jest/globals';

import { ask } from '../../src/approvals/open.ts';
import { askJob } from '../../src/approvals/ask-job.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { failedEntry, type GivenUp } from '../../src/execute/given-up.ts';
import type { About } from '../../src/jobs/payloads.ts';
import type { Step } from '../../src/rules/model.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { mia, context, registeredAt } from '../fakes/registrations.ts';

const approval = ask({ context, request: requestOf(), approvers: ['desk@acme.com'], now: registeredAt });
const refused = new ServiceError('MAIL_REFUSED', 'no such box: mia@example.test');
const deleting: Step = { uses: 'delete-user', with: null, after: null };
const { eventId, realm, clientId, userId, source, time } = mia;
const about: About = { eventId, registeredAt: time, realm, clientId, userId, source, application: 'A', rule: 'r' };
const progress = {
  decision: { version: 'v1', matched: context.rule, steps: [deleting], application: 'A', dryRun: false },
  done: 0,
  person: context.person,
  accountWasEnabled: true,
};
const to = { address: 'mia@example.test', locale: null };
const entryOf = (job: GivenUp) => failedEntry(job, refused, async (id) => (id === approval.id ? approval : null));

describe('src/execute/given-up', () => {
  it.each<readonly [GivenUp, object]>([
    [
      { queue: 'registrations', data: { registration: mia, progress } },
      { step: 'delete-user', rule: context.rule },
    ],
    [{ queue: 'registrations', data: { registration: mia } }, {}],
    [{ queue: 'outcomes', data: { approvalId: approval.id, revision: 2 } }, { approval: approval.id }],
    [{ queue: 'deadlines', data: { kind: 'delayed-step', context, step: deleting } }, { step: 'delete-user' }],
    [
      { queue: 'mail', data: askJob(approval.id, 0).data },
      { approval: approval.id, to: 'desk@acme.com' },
    ],
    [
      { queue: 'mail', data: { kind: 'person', key: 'k', who: mia, to, message: 'approved', application: 'A' } },
      { step: 'notify-user' },
    ],
    [{ queue: 'webhooks', data: { key: 'k', url: 'https://crm.test', about } }, { step: 'webhook' }],
  ])('records for whom a job was given up, and with which code: %j', async (job, more) => {
    const entry = await entryOf(job);
    expect(entry).toMatchObject({ kind: 'failed', realm, clientId, userId, eventId, outcome: 'MAIL_REFUSED', ...more });
    expect(JSON.stringify(entry)).not.toContain('mia@');
  });

  it.each<GivenUp>([
    { queue: 'deadlines', data: { kind: 'account-deleted', realm, userId } },
    { queue: 'outcomes', data: { approvalId: 'unknown', revision: 2 } },
    { queue: 'mail', data: askJob('unknown', 0).data },
  ])('has nothing to record of what concerns no one registration: %j', async (job) => {
    await expect(entryOf(job)).resolves.toBeNull();
  });
});
