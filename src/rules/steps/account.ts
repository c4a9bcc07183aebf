import { step } from './step.ts';

/** The steps that take nothing and act on the account as a whole. */
export const disableUser = step<'disable-user'>({
  name: 'disable-user',
  about:
    'Disables the account and ends its sessions. An access token that an application checks offline lives to its end, five minutes by default.',
  examples: ['disable-user'],
  operand: null,
  closesDoor: true,
  act: (effects, { registration }) => effects.accounts.apply(registration, { kind: 'disable' }),
});

export const enableUser = step<'enable-user'>({
  name: 'enable-user',
  about:
    'Enables the account, after ending whatever session it still has. Only an account that Vestibule disabled, and nobody else since.',
  examples: ['enable-user'],
  operand: null,
  closesDoor: false,
  act: (effects, context) => effects.enableAgain(context),
});

export const logOutUser = step<'log-out-user'>({
  name: 'log-out-user',
  about: 'Ends all sessions of the account, and leaves it enabled.',
  examples: ['log-out-user'],
  operand: null,
  closesDoor: true,
  act: (effects, { registration }) => effects.accounts.apply(registration, { kind: 'log-out' }),
});

export const deleteUser = step<'delete-user'>({
  name: 'delete-user',
  about: 'Deletes the account, with everything Keycloak holds of the person. No step may follow it, but `notify-user`.',
  examples: ['delete-user', { 'delete-user': { after: '30d' } }],
  operand: null,
  closesDoor: true,
  act: (effects, { registration }) => effects.accounts.apply(registration, { kind: 'delete' }),
});
