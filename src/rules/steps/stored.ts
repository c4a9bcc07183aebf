import { z } from 'zod';

import { text } from '../conditions/operands.ts';
import type { Step, StepName, StepOperands } from '../model.ts';
import { groupPath } from './group.ts';
import { steps } from './index.ts';
import { mailAddress } from './notify.ts';

const ms = z.number().positive();
export const storedSteps: z.ZodType<readonly Step[]> = z.lazy(() => z.array(storedStep));

/** Operands whose form after loading is not one that a rule file could have. */
const loaded: { readonly [Name in StepName]?: z.ZodType<StepOperands[Name]> } = {
  'set-user-attribute': z.strictObject({ name: text, values: z.array(text).min(1) }),
  notify: z.strictObject({ to: z.array(mailAddress).min(1), subject: text.max(150).nullable() }),
  'request-approval': z.strictObject({
    approvers: z
      .array(
        z.union([
          z.strictObject({ email: mailAddress }),
          z.strictObject({ group: groupPath }),
          z.strictObject({ role: text }),
        ]),
      )
      .min(1),
    need: z.union([z.literal('all'), z.int().min(1)]),
    hold: z.enum(['gate', 'account', 'none']),
    waitFor: z.enum(['email-verified']).nullable(),
    remindAfter: ms.nullable(),
    expireAfter: ms,
    approved: storedSteps,
    rejected: storedSteps,
    expired: storedSteps,
  }),
};

const kinds = steps.map(({ name, operand }) =>
  z.strictObject({ uses: z.literal(name), with: loaded[name] ?? operand ?? z.null(), after: ms.nullable() }),
);

/** A step as the loader leaves it and as it travels in snapshots: what a writer must not be able to change at will. */
const storedStep = z.discriminatedUnion(
  'uses',
  kinds as [(typeof kinds)[0], ...typeof kinds],
) as unknown as z.ZodType<Step>;
