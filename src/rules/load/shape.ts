/** The keys of a rule file outside `when` and `then`, with what they mean: loader, editor schema and reference read this. */
export const fileFields = {
  version: 'The version of this format: 1.',
  realm: 'The name of the realm, a list of names, or "*" for all.',
  clients:
    'Client ids, globs such as "partner-*", or "*". The file that names a client exactly goes before a glob, a glob before "*".',
  application: 'What people call the application, for mails and pages; the client id unless said.',
  language:
    'In which mails go to approvers: en, de or fr; en unless said. Members of a group and holders of a role are asked in their own language, where Keycloak has it (attribute `locale`).',
  rules: 'Tried from the top; the first whose `when` holds decides, and no other.',
} as const;

/** Those that there are mails in. */
export const mailLanguages = ['en', 'de', 'fr'] as const;

export const ruleFields = {
  name: 'Whom the rule is for, in a few words. The audit and the mails to approvers name it.',
  when: 'Conditions that must all hold; a list means any of. Without it the rule is for everybody.',
  then: 'Steps. What closes the door comes first, wherever it stands; else the order is kept.',
  'dry-run': 'true: decide and record, but do nothing.',
} as const;

export const nestings = {
  all: 'All of a list of conditions must hold.',
  any: 'One of a list of conditions must hold.',
  not: 'The conditions must not all hold.',
} as const;
