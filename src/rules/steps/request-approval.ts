import { z } from 'zod';

import { oneOrMore, text } from '../conditions/operands.ts';
import { parseDuration } from '../duration.ts';
import type { ApprovalRequest, ApproverRef, Step } from '../model.ts';
import { mailAddress } from './notify.ts';
import { step } from './step.ts';

const week = 7 * 86_400_000;

const duration = z.string({ error: 'must be a duration such as 2d' }).transform((text, context) => {
  const ms = parseDuration(text);
  if (ms === null) {
    context.addIssue({ code: 'custom', message: 'must be a duration such as 90s, 15m, 12h, 30d or 2w' });
    return z.NEVER;
  }
  return ms;
});

const approver = z
  .union([mailAddress, z.strictObject({ group: text }), z.strictObject({ role: text })])
  .transform((given): ApproverRef => (typeof given === 'string' ? { email: given.toLowerCase() } : given));

/** The loader has checked nested steps already and hands them over as such. */
const steps = z.array(z.custom<Step>()).default([]);

const operand = z
  .strictObject({
    approvers: oneOrMore(approver),
    need: z.union([z.literal('all'), z.number().int().min(1)], { error: 'must be a whole number from 1, or all' }).default(1),
    hold: z.enum(['gate', 'account', 'none'], { error: 'must be gate, account or none' }).default('account'),
    'wait-for': z.enum(['email-verified'], { error: 'must be email-verified' }).optional(),
    'remind-after': duration.optional(),
    'expire-after': duration.default(week),
    approved: steps,
    rejected: steps,
    expired: steps,
  })
  .transform((given): ApprovalRequest => {
    const { approvers, need, hold, approved, rejected, expired } = given;
    return {
      approvers,
      need,
      hold,
      waitFor: given['wait-for'] ?? null,
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
    'Asks approvers by mail, each with an own link. Until they decide, `hold` keeps the person out: `account` disables the account, `gate` uses the required action of our Keycloak provider, so that no token is ever issued, `none` leaves the person in, without the group or role that the application asks for. The steps under `approved`, `rejected` and `expired` follow the outcome.',
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
  act: (effects, occasion, request) => effects.openApproval(occasion, request),
});
