import { z } from 'zod';

import { oneOrMore, text } from '../conditions/operands.ts';
import type { KeycloakRef } from '../keycloak-ref.ts';
import type { ApproverRef, ChatRef } from '../model.ts';
import { groupPath } from './group.ts';
import { mailAddress } from './notify.ts';

const role = z.strictObject({
  client: text.describe('The client whose role it is. Without it, a role of the realm.').optional(),
  role: text.describe('The name of a role: its holders are asked.'),
});

const approver = z
  .union([
    mailAddress,
    z.strictObject({ group: groupPath.describe('The path of a group: its members are asked.') }),
    role,
  ])
  .transform((given): ApproverRef => {
    if (typeof given === 'string') {
      return { email: given.toLowerCase() };
    }
    if ('group' in given) {
      return given;
    }
    const { client, role } = given;
    return client === undefined ? { role } : { client, role };
  });

/** Whom to ask, as rule files say it. */
export const approvers = oneOrMore(approver);

/** As `CHAT_WEBHOOKS` names it. */
const channelName = text.regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
  error: 'must be the name of a channel in CHAT_WEBHOOKS: small letters, digits, "-" and "_"',
});

const channel = z.union([
  z
    .strictObject({ slack: channelName.describe('A channel of Slack, by its name in `CHAT_WEBHOOKS`.') })
    .transform(({ slack }): ChatRef => ({ chat: 'slack', channel: slack })),
  z
    .strictObject({ teams: channelName.describe('A channel of Microsoft Teams, by its name in `CHAT_WEBHOOKS`.') })
    .transform(({ teams }): ChatRef => ({ chat: 'teams', channel: teams })),
]);

/** Channels to ask, as rule files say it. */
export const channels = oneOrMore(channel);

/** One of those to ask, after loading. */
export const storedApprover = z.union([
  z.strictObject({ email: mailAddress }),
  z.strictObject({ group: groupPath }),
  z.strictObject({ client: text.exactOptional(), role: text }),
  z.strictObject({ chat: z.enum(['slack', 'teams']), channel: channelName }),
]);

export function referencesOfApprovers(approvers: readonly ApproverRef[]): KeycloakRef[] {
  return approvers.flatMap((approver): KeycloakRef[] => {
    if ('group' in approver) {
      return [{ kind: 'group', path: approver.group }];
    }
    return 'role' in approver ? [{ kind: 'role', role: approver }] : [];
  });
}

/** Whether it is one approver, whatever Keycloak says. */
export function isOne(approver: ApproverRef): boolean {
  return 'email' in approver || 'chat' in approver;
}

/** The same approvers, each once. */
export function distinct(approvers: readonly ApproverRef[]): readonly ApproverRef[] {
  return [...new Map(approvers.map((approver) => [JSON.stringify(approver), approver])).values()];
}
