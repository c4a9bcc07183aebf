import { z } from 'zod';

import type { Step } from '../model.ts';
import { steps } from './index.ts';

export const storedSteps: z.ZodType<readonly Step[]> = z.lazy(() => z.array(storedStep));

const kinds = steps.map(({ name, operand, stored }) =>
  z.strictObject({
    uses: z.literal(name),
    with: stored?.(storedSteps) ?? operand ?? z.null(),
    after: z.number().positive().nullable(),
  }),
);

/** A step as the loader leaves it and as it travels in snapshots: what a writer must not be able to change at will. */
const storedStep = z.discriminatedUnion(
  'uses',
  kinds as [(typeof kinds)[0], ...typeof kinds],
) as unknown as z.ZodType<Step>;
