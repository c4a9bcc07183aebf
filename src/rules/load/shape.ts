import { languages } from '../../platform/languages.ts';

/**
 * The keys of a rule file outside `when` and `then`, with what they mean. The loader, the editor schema and the
 * reference read this.
 */
export const fileFields = {
  version: 'The version of this format: 1.',
  realm: 'The name of the realm, a list of names, or "*" for all.',
  clients:
    'Client ids, globs such as "partner-*", or "*". The file that names a client exactly goes before a glob, a glob before "*".',
  application:
    'What people call the application, in mails and on pages. By default the name of the client in Keycloak, if our listener reports it; else the client id.',
  language: `The language of mails to approvers: ${languages.join(', ')}; by default en. Members of a group and holders of a role are asked in their own language, where Keycloak has it (attribute \`locale\`).`,
  'time-zone':
    'The time zone of readers whose own is not known, such as Europe/Berlin; by default UTC. Approvers have their own, where Keycloak has it (attribute `zoneinfo`).',
  mail: 'How the mails of these clients look, and who they come from: a map, see below.',
  hold: '`gate`: whoever registers waits at the gate, inside Keycloak, until the rules have decided. Nobody is in before. A person that the rules let in notices nothing. It takes the Keycloak provider.',
  rules: 'Tried from the top; the first whose `when` holds decides, and no other.',
} as const;

export const ruleFields = {
  name: 'Who the rule is for, in a few words. The audit and the mails to approvers name it.',
  when: 'Conditions that must all hold; a list means any of. Without it the rule is for everybody.',
  then: 'Steps. What closes the door comes first, wherever it stands; the other steps keep their order.',
  'dry-run': 'true: decide and record, but do nothing.',
} as const;

export const nestings = {
  all: 'All of a list of conditions must hold.',
  any: 'One of a list of conditions must hold.',
  not: 'The conditions must not all hold.',
} as const;
