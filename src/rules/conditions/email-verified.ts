import { z } from 'zod';

import { condition, needsUser } from './condition.ts';

export const emailVerified = condition<boolean>({
  key: 'email-verified',
  title: 'E-mail address verified',
  about:
    'Whether Keycloak has the e-mail address as verified. After a registration through the form it is not verified, at first.',
  examples: [true, false],
  operand: z.boolean({ error: 'must be true or false' }),
  test(wanted, { user }) {
    if (user === undefined) {
      return needsUser;
    }
    const is = user.emailVerified;
    return { holds: is === wanted, because: `e-mail address is ${is ? '' : 'not '}verified` };
  },
});
