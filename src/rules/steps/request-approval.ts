import { z } from 'zod';

import { duration, oneOrMore, text } from '../conditions/operands.ts';
import type { ApprovalRequest, ApproverRef, Step } from '../model.ts';
import { groupPath } from './group.ts';
import { mailAddress } from './notify.ts';
import { step } from './step.ts';

const weekMs = 7 * 86_400_000;

const approver = z
  .union([mailAddress, z.strictObject({ group: groupPath }), z.strictObject({ role: text })])
  .transform((given): ApproverRef => (typeof given === 'string' ? { email: given.toLowerCase() } : given));

/** The loader has read nested steps already, and hands them over as such. */
const steps = z.array(z.custom<Step>()).default([]);

const operand = z
  .strictObject({
    approvers: oneOrMore(approver),
    need: z.union([z.literal('all'), z.int().min(1)], { error: 'must be a whole number from 1, or all' }).default(1),
    hold: z.enum(['gate', 'account', 'none'], { error: 'must be gate, account or none' }).optional(),
    'wait-for': z.enum(['email-verified'], { error: 'must be email-verified' }).optional(),
    'remind-after': duration.optional(),
    'expire-after': duration.default(weekMs),
    approved: steps,
    rejected: steps,
    expired: steps,
  })
  .transform((given): ApprovalRequest => {
    const { approvers, need, approved, rejected, expired } = given;
    const waitFor = given['wait-for'] ?? null;
    return {
      approvers,
      need,
      // A disabled account can verify no address.
      hold: given.hold ?? (waitFor === null ? 'account' : 'gate'),
      waitFor,
      remindAfter: given['remind-after'] ?? null,
      expireAfter: given['expire-after'],
      approved,
      rejected,
      expired,
    };
  });

export const requestApproval = step<'request-approval'>({
  name: 'request-approval',
  about:
    'Asks approvers by mail, each with an own link: mail addresses, the members of a group, the holders of a role of the realm; never the person who registered. `need` of them must agree (1 unless said, or `all`); one no rejects. Until then `hold` keeps the person out: `account` (unless said) disables the account, `gate` uses the required action of our Keycloak provider, so that no token is ever issued, `none` leaves the person in, without the group or role that the application asks for. `wait-for: email-verified` asks only when the address is verified, which the realm (Verify Email) or a step (`add-required-action: VERIFY_EMAIL`) has to make the person do; it makes `gate` the default. `expire-after` (7d unless said) counts from when the person begins to wait, `remind-after` from when the approvers are asked; whoever has not voted then is reminded once. The steps under `approved`, `rejected` and `expired` follow the outcome (none unless said: the person stays out); who is approved is let in after them. The person hears that they wait, and of the outcome, unless a `notify-user` among the steps says it.',
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
  closesDoor: ({ hold }) => hold !== 'none',
  act: (effects, context, request) => effects.openApproval(context, request),
});
