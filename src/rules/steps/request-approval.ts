import { z } from 'zod';

import { duration, oneOrMore, text } from '../conditions/operands.ts';
import type { ApprovalRequest, Step } from '../model.ts';
import { deadEndsOfApproval } from './approval-dead-ends.ts';
import { approvers, channels, referencesOfApprovers, storedApprover } from './approvers.ts';
import { gateAction } from './gate.ts';
import { groupPath } from './group.ts';
import { step } from './step.ts';

declare module '../model.ts' {
  interface StepOperands {
    'request-approval': ApprovalRequest;
  }
}

/** More would hide what matters. */
const mostShown = 10;
const shown = oneOrMore(text).refine((names) => names.length <= mostShown, {
  error: `must be at most ${mostShown} attributes`,
});

const need = z.union([z.literal('all'), z.int().min(1)], { error: 'must be a whole number from 1, or all' });
const hold = z.enum(['gate', 'account', 'none'], { error: 'must be gate, account or none' });
const waitFor = z.enum(['email-verified'], { error: 'must be email-verified' });
/** The loader has read nested steps already, and hands them over as such. */
const steps = z.array(z.custom<Step>());

/** More would be a nuisance. */
const mostReminders = 10;
const reminders = oneOrMore(duration).refine((times) => times.length <= mostReminders, {
  error: `must be at most ${mostReminders} times`,
});

const escalation = z.strictObject({
  after: duration.describe('Counts from when the approvers are asked.'),
  to: approvers.describe('Who is asked then, beside the others: as under `approvers`.'),
});

const keys = z.strictObject({
  approvers: approvers
    .optional()
    .describe(
      'Who is asked: mail addresses, the members of a group, the holders of a role of the realm or of a client, or a list of them. The person who registered is never asked. It may be left out where `chat` is given.',
    ),
  chat: channels
    .optional()
    .describe(
      'Channels of Slack or Microsoft Teams in which the question is asked too. Each is one approver: one of its members presses the button.',
    ),
  need: need.default(1).describe('How many of them must agree: a whole number, or `all`. One no rejects.'),
  hold: hold
    .optional()
    .describe(
      'What keeps the person out until then. `account` disables the account. `gate` uses the required action of the Keycloak provider, so that no token is ever issued. `none` leaves the person in, without the group or role that the application asks for. The default is `account`, or `gate` where `wait-for` is given.',
    ),
  'wait-for': waitFor
    .optional()
    .describe(
      '`email-verified` asks the approvers only when the address is verified. The realm (Verify Email) or a step (`add-required-action: VERIFY_EMAIL`) must make the person verify it.',
    ),
  'remind-after': reminders
    .optional()
    .describe(
      'Counts from when the approvers are asked. An approver who has not voted by then is reminded, and groups and roles are looked up again. A list reminds several times. Without it, nobody is reminded.',
    ),
  escalate: escalation
    .optional()
    .describe('If it is not decided after that time, more people are asked: `{ after: 2d, to: [{ group: /leads }] }`.'),
  delegate: groupPath
    .optional()
    .describe('The path of a group. An approver may hand the question over to one of its members.'),
  digest: duration
    .optional()
    .describe('After a mail to an approver, further questions are collected for so long, and come in one mail.'),
  'expire-after': duration
    .prefault('7d')
    .describe('Counts from when the person begins to wait. Then nobody can vote any more.'),
  show: shown
    .optional()
    .describe(
      'Attributes of the user that approvers see, in the mail and on the page, such as `company_name`. At most 10. They are what the person typed, and nothing has checked them.',
    ),
  reason: text
    .optional()
    .describe('The attribute in which people say why they want to join. Approvers see it as their reason.'),
  'usually-within': duration.optional().describe('In how much time a decision usually comes. The person is told.'),
  'tell-others': z
    .boolean({ error: 'must be true or false' })
    .optional()
    .describe('Whether approvers who have not voted get a mail when others have decided. The default is `false`.'),
  approved: steps.default([]).describe('Steps after enough approvers agreed. The person is let in after them.'),
  rejected: steps.default([]).describe('Steps after an approver said no. Without a step, the person stays out.'),
  expired: steps.default([]).describe('Steps after it expired. Without a step, the person stays out.'),
});

const operand = keys
  .refine(({ approvers, chat }) => approvers !== undefined || chat !== undefined, {
    error: 'names nobody to ask: give "approvers" or "chat"',
  })
  .transform(requestOf);

function requestOf(given: z.output<typeof keys>): ApprovalRequest {
  const {
    approvers = [],
    chat = [],
    need,
    show,
    escalate,
    delegate,
    digest,
    reason,
    approved,
    rejected,
    expired,
  } = given;
  const waitFor = given['wait-for'] ?? null;
  const [remindAfter = null, ...remindAgain] = given['remind-after'] ?? [];
  const usuallyWithin = given['usually-within'];
  return {
    approvers: [...approvers, ...chat],
    need,
    // A disabled account can verify no address.
    hold: given.hold ?? (waitFor === null ? 'account' : 'gate'),
    waitFor,
    remindAfter,
    expireAfter: given['expire-after'],
    ...(remindAgain.length === 0 ? {} : { remindAgain }),
    ...(escalate === undefined ? {} : { escalate }),
    ...(delegate === undefined ? {} : { delegate }),
    ...(digest === undefined ? {} : { digest }),
    ...(reason === undefined ? {} : { reason }),
    ...(usuallyWithin === undefined ? {} : { usuallyWithin }),
    ...(given['tell-others'] === true ? { tellOthers: true } : {}),
    ...(show === undefined ? {} : { show: [...new Set(show)] }),
    approved,
    rejected,
    expired,
  };
}

const ms = z.number().positive();

export const requestApproval = step<'request-approval'>({
  name: 'request-approval',
  about:
    'Asks approvers by mail, each with a link of their own, and keeps the person out until enough of them agree. The person gets a mail that they wait, and one with the outcome. A `notify-user` among the steps of an outcome takes the place of the second mail.',
  examples: [
    {
      'request-approval': {
        approvers: ['desk@acme.com', { group: '/partner-desk' }],
        need: 1,
        'remind-after': '2d',
        'expire-after': '7d',
        approved: [{ 'join-group': '/partners' }],
        rejected: [{ 'delete-user': { after: '30d' } }],
        expired: ['delete-user'],
      },
    },
    {
      'request-approval': {
        approvers: [{ group: '/desk' }, { client: 'partner-portal', role: 'approver' }],
        chat: [{ slack: 'partners' }],
        'remind-after': ['1d', '3d'],
        escalate: { after: '2d', to: [{ group: '/leads' }] },
        delegate: '/desk',
        digest: '15m',
        reason: 'join_reason',
        'usually-within': '1d',
        'tell-others': true,
      },
    },
  ],
  operand,
  nested: ['approved', 'rejected', 'expired'],
  stored: (steps) =>
    z.strictObject({
      approvers: z.array(storedApprover).min(1),
      need,
      hold,
      waitFor: waitFor.nullable(),
      remindAfter: ms.nullable(),
      expireAfter: ms,
      remindAgain: z.array(ms).exactOptional(),
      escalate: z.strictObject({ after: ms, to: z.array(storedApprover).min(1) }).exactOptional(),
      delegate: groupPath.exactOptional(),
      digest: ms.exactOptional(),
      reason: text.exactOptional(),
      usuallyWithin: ms.exactOptional(),
      tellOthers: z.literal(true).exactOptional(),
      show: z.array(text).max(mostShown).exactOptional(),
      approved: steps,
      rejected: steps,
      expired: steps,
    }),
  locksOut: ({ hold }) => hold !== 'none',
  disables: ({ hold }) => hold === 'account',
  deadEnds: deadEndsOfApproval,
  references: ({ approvers, escalate, delegate, hold, show = [], reason }) => [
    ...referencesOfApprovers([...approvers, ...(escalate?.to ?? [])]),
    ...(delegate === undefined ? [] : [{ kind: 'group', path: delegate } as const]),
    ...[...show, ...(reason === undefined ? [] : [reason])].map(
      (name) => ({ kind: 'attribute', name, use: 'shown' }) as const,
    ),
    ...(hold === 'gate' ? [{ kind: 'required-action', alias: gateAction, use: 'gate' } as const] : []),
  ],
  act: (effects, context, request) => effects.openApproval(context, request),
});
