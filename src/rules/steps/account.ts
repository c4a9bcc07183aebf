import { step } from './step.ts';

/** The steps that take nothing and act on the account as a whole. */
declare module '../model.ts' {
  interface StepOperands {
    'disable-user': null;
    'enable-user': null;
    'log-out-user': null;
    'delete-user': null;
  }
}

export const disableUser = step<'disable-user'>({
  name: 'disable-user',
  about:
    'Disables the account and ends its sessions. An access token that an application checks offline lives to its end, five minutes by default.',
  examples: ['disable-user'],
  operand: null,
  locksOut: true,
  disables: () => true,
  besideDelete: true,
  act: (effects, { registration }) => effects.accounts.apply(registration, { kind: 'disable' }),
});

export const enableUser = step<'enable-user'>({
  name: 'enable-user',
  about:
    'Ends the sessions that the account still has, and enables it. It enables only an account that Vestibule disabled, and that nobody else has disabled since.',
  examples: ['enable-user'],
  operand: null,
  locksOut: false,
  readies: true,
  undoes: 'disable-user',
  async act(effects, context) {
    const outcome = await effects.enableAgain(context);
    if (typeof outcome === 'string') {
      await effects.accounts.apply(context.registration, { kind: 'open-gate' }); // the rule lets the person in
    }
    return outcome;
  },
});

export const logOutUser = step<'log-out-user'>({
  name: 'log-out-user',
  about: 'Ends all sessions of the account, and leaves it enabled.',
  examples: ['log-out-user'],
  operand: null,
  locksOut: true,
  besideDelete: true,
  act: (effects, { registration }) => effects.accounts.apply(registration, { kind: 'log-out' }),
});

export const deleteUser = step<'delete-user'>({
  name: 'delete-user',
  about:
    'Deletes the account, with everything Keycloak holds of the person. Beside it, the loader accepts only steps that need no account, such as `notify-user` and `webhook`.',
  examples: ['delete-user', { 'delete-user': { after: '30d' } }],
  operand: null,
  locksOut: true,
  besideDelete: true,
  act: (effects, { registration }) => effects.accounts.apply(registration, { kind: 'delete' }),
});
