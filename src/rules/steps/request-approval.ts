import { z } from 'zod';

import { duration, oneOrMore, text } from '../conditions/operands.ts';
import type { KeycloakRef } from '../keycloak-ref.ts';
import type { ApprovalRequest, ApproverRef, Step } from '../model.ts';
import { gateAction } from './gate.ts';
import { groupPath } from './group.ts';
import { mailAddress } from './notify.ts';
import { type DeadEnd, step } from './step.ts';

declare module '../model.ts' {
  interface StepOperands {
    'request-approval': ApprovalRequest;
  }
}

const approver = z
  .union([
    mailAddress,
    z.strictObject({ group: groupPath.describe('The path of a group: its members are asked.') }),
    z.strictObject({ role: text.describe('A role of the realm: its holders are asked.') }),
  ])
  .transform((given): ApproverRef => (typeof given === 'string' ? { email: given.toLowerCase() } : given));

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

const operand = z
  .strictObject({
    approvers: oneOrMore(approver).describe(
      'Who is asked: mail addresses, the members of a group, the holders of a role of the realm, or a list of them. The person who registered is never asked.',
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
    'remind-after': duration
      .optional()
      .describe(
        'Counts from when the approvers are asked. An approver who has not voted by then is reminded once. Without it, nobody is reminded.',
      ),
    'expire-after': duration
      .prefault('7d')
      .describe('Counts from when the person begins to wait. Then nobody can vote any more.'),
    show: shown
      .optional()
      .describe(
        'Attributes of the user that approvers see, in the mail and on the page, such as `company_name`. At most 10. They are what the person typed, and nothing has checked them.',
      ),
    approved: steps.default([]).describe('Steps after enough approvers agreed. The person is let in after them.'),
    rejected: steps.default([]).describe('Steps after an approver said no. Without a step, the person stays out.'),
    expired: steps.default([]).describe('Steps after it expired. Without a step, the person stays out.'),
  })
  .transform((given): ApprovalRequest => {
    const { approvers, need, show, approved, rejected, expired } = given;
    const waitFor = given['wait-for'] ?? null;
    return {
      approvers,
      need,
      // A disabled account can verify no address.
      hold: given.hold ?? (waitFor === null ? 'account' : 'gate'),
      waitFor,
      remindAfter: given['remind-after'] ?? null,
      expireAfter: given['expire-after'],
      ...(show === undefined ? {} : { show: [...new Set(show)] }),
      approved,
      rejected,
      expired,
    };
  });

const ms = z.number().positive();

const storedApprover = z.union([
  z.strictObject({ email: mailAddress }),
  z.strictObject({ group: groupPath }),
  z.strictObject({ role: text }),
]);

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
      show: z.array(text).max(mostShown).exactOptional(),
      approved: steps,
      rejected: steps,
      expired: steps,
    }),
  locksOut: ({ hold }) => hold !== 'none',
  disables: ({ hold }) => hold === 'account',
  deadEnds,
  references: ({ approvers, hold, show = [] }) => [
    ...approvers.flatMap((approver): KeycloakRef[] =>
      'group' in approver
        ? [{ kind: 'group', path: approver.group }]
        : 'role' in approver
          ? [{ kind: 'role', role: { role: approver.role } }]
          : [],
    ),
    ...show.map((name) => ({ kind: 'attribute', name, use: 'shown' }) as const),
    ...(hold === 'gate' ? [{ kind: 'required-action', alias: gateAction, use: 'gate' } as const] : []),
  ],
  act: (effects, context, request) => effects.openApproval(context, request),
});

function deadEnds({ approvers, need, waitFor, hold, remindAfter, expireAfter }: ApprovalRequest): DeadEnd[] {
  const found: DeadEnd[] = [];
  const named = new Set(approvers.map((approver) => JSON.stringify(approver))).size;
  if (typeof need === 'number' && approvers.every((approver) => 'email' in approver) && need > named) {
    const message = `needs ${need} approvals, and names ${named} approver${named === 1 ? '' : 's'}`;
    found.push({ message, remedy: 'lower "need", or name more approvers' });
  }
  if (waitFor === 'email-verified' && hold === 'account') {
    const message = 'a disabled account cannot verify its address, so "wait-for" would wait for ever';
    found.push({ message, remedy: 'use "hold: gate" or "hold: none"' });
  }
  if (remindAfter !== null && remindAfter >= expireAfter) {
    const message = '"remind-after" comes when the question has expired';
    found.push({ message, remedy: 'remind earlier', severity: 'warning' });
  }
  return found;
}
