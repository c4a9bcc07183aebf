import { before, condition, type Scene, shop } from './scenes.ts';
import { typedScenes } from './typed.ts';

const ask = (hold: string, more = ''): string =>
  `{ request-approval: { approvers: [desk@acme.com], hold: ${hold}${more} } }`;
const own = 'de: Nein., fr: Non.';

/** How conditions nest, which rule decides, and which file. */
export const listScenes: readonly Scene[] = [
  condition('email-verified: true, source: form', [
    ['all: one is unknown, the others hold', {}, 'unknown'],
    ['all: one fails, whatever is unknown', { source: 'broker:x' }, false],
  ]),
  condition('source: form, email-verified: true, ip: 10.0.0.0/8', [
    ['all: one that fails after the unknown one decides too', {}, false],
    ['all: none fails', { ip: '10.1.2.3' }, 'unknown'],
  ]),
  condition('any: [{ email-verified: true }, { source: form }]', [
    ['any: one holds, whatever is unknown', {}, true],
    ['any: the others fail', { source: 'broker:x' }, 'unknown'],
  ]),
  condition('any: [{ source: "broker:*" }, { email-domain: acme.com }]', [
    ['any: one holds before the form is sent', { ...before, source: 'broker:x' }, true],
    ['any: the form is not sent', before, 'unknown'],
    ['any: sent, and holds', {}, true],
    ['any: sent, and fails', { email: 'a@b.example' }, false],
  ]),
  condition('not: { any: [{ email-verified: true }, { source: form }] }', [
    ['not: surely fails', {}, false],
    ['not: unknown stays unknown', { source: 'broker:x' }, 'unknown'],
  ]),
  condition('not: { all: [{ email-verified: true }, { source: form }] }', [
    ['not: surely holds', { source: 'broker:x' }, true],
    ['not: unknown stays unknown', {}, 'unknown'],
  ]),
  condition('not: { not: { email-verified: true } }', [['twice not: unknown stays unknown', {}, 'unknown']]),
  condition('not: { not: { source: form } }', [
    ['twice not: holds', {}, true],
    ['twice not: fails', { source: 'broker:x' }, false],
  ]),
  condition('not: { email-verified: true, source: form }', [
    ['not of several: one of them fails', { source: 'broker:x' }, true],
    ['not of several: one is unknown', {}, 'unknown'],
  ]),
  condition(
    'all: [{ any: [{ ip: 10.0.0.0/8 }, { all: [{ source: form }, { not: { locale: de } }] }] }, { username: "m*" }]',
    [
      ['deep: holds', {}, true],
      ['deep: the inner not fails', { locale: 'de-CH' }, false],
      ['deep: the other branch holds', { locale: 'de', ip: '10.0.0.1' }, true],
      ['deep: the language is unknown', { locale: null }, 'unknown'],
      ['deep: the language is unknown, and does not matter', { locale: null, ip: '10.0.0.1' }, true],
      ['deep: the user name is unknown', before, 'unknown'],
      ['deep: the user name is unknown, and does not matter', { ...before, source: 'broker:x' }, false],
    ],
  ),
  ...typedScenes,
  {
    files: shop(`
  - { name: throwaway, when: { email-domain: trash.example }, then: [{ refuse-registration: { message: other-address } }] }
  - { name: outside, when: { not: { ip: 10.0.0.0/8 } }, then: [{ refuse-registration: { message: other-network } }] }
  - { name: robots, when: { username: "bot*" }, then: [{ refuse-registration: { message: { en: No., ${own} } } }] }
  - { name: rest, then: [] }
`),
    cases: [
      ['the first rule is unknown before the form is sent, so the second is not looked at', before, 'open'],
      ['the first rule that holds refuses', { email: 'a@trash.example' }, 'refuse throwaway'],
      ['the second, where the first fails', {}, 'refuse outside'],
      ['the third, with a text of its own', { ip: '10.1.1.1', username: 'bot7' }, 'refuse robots'],
      ['the last opens', { ip: '10.1.1.1' }, 'open'],
      ['unknown ends the list', { ip: '10.1.1.1', username: null }, 'gate'],
    ],
  },
  {
    files: shop(`
  - { name: outside, when: { not: { ip: 10.0.0.0/8 } }, then: [refuse-registration] }
  - { name: throwaway, when: { email-domain: trash.example }, then: [refuse-registration] }
`),
    cases: [
      ['what is known when the form is opened refuses then', before, 'refuse outside'],
      ['the rest has to wait', { ...before, ip: '10.1.1.1' }, 'open'],
      ['until the form is sent', { email: 'a@trash.example', ip: '10.1.1.1' }, 'refuse throwaway'],
      ['no rule holds', { ip: '10.1.1.1' }, 'open'],
    ],
  },
  {
    files: shop('  - { name: closed, then: [{ refuse-registration: { otherwise: delete-user } }] }\n'),
    cases: [
      ['a rule for everybody refuses when the form is opened', before, 'refuse closed'],
      ['and when it is sent', {}, 'refuse closed'],
      ['and people of an identity provider', { source: 'broker:google' }, 'refuse closed'],
      ['not for another client', { client: 'blog' }, 'open'],
      ['not in another realm', { realm: 'other' }, 'open'],
      ['letter case of clients counts', { client: 'Shop' }, 'open'],
    ],
  },
  {
    files: shop(
      `
  - { name: throwaway, when: { email-domain: trash.example }, then: [refuse-registration] }
  - { name: verified, when: { email-verified: true }, then: [] }
  - { name: brokers, when: { source: "broker:*" }, then: [refuse-registration] }
`,
      'hold: gate\n',
    ),
    cases: [
      ['hold: what is not known yet holds at the gate', before, 'gate'],
      ['hold: a refusal stays one', { email: 'a@trash.example' }, 'refuse throwaway'],
      ['hold: unknown ends the list at the gate', {}, 'gate'],
      ['hold: also for a rule after it that would refuse', { source: 'broker:x' }, 'gate'],
      ['hold: not for another client', { client: 'blog' }, 'open'],
    ],
  },
  {
    files: shop(
      `
  - { name: staff, when: { email-domain: acme.com }, then: [{ join-group: /staff }] }
  - { name: closed, when: { source: "broker:*" }, then: [disable-user] }
`,
      'hold: gate\n',
    ),
    cases: [
      ['hold: a rule that lets in holds at the gate: the service lets go', {}, 'gate'],
      ['hold: so does the end of the list', { email: 'a@b.example' }, 'gate'],
      ['hold: and a rule that locks out after the fact', { email: 'a@b.example', source: 'broker:x' }, 'gate'],
    ],
  },
  {
    files: shop(`
  - { name: staff, when: { email-domain: acme.com }, then: [{ join-group: /staff }] }
  - { name: partners, when: { source: "broker:*" }, then: [${ask('gate')}] }
  - { name: friends, when: { locale: fr }, then: [${ask('account')}] }
  - { name: later, when: { locale: it }, then: [${ask('gate', ', after: 1d')}] }
  - { name: unverified, when: { locale: es }, then: [{ request-approval: { approvers: [a@b.example], wait-for: email-verified } }, { join-group: /a }] }
  - { name: rest, when: { username: "*" }, then: [${ask('none')}] }
`),
    cases: [
      ['no hold: a rule that lets in opens', {}, 'open'],
      ['an approval that holds at the gate', { email: 'a@b.example', source: 'broker:x' }, 'gate'],
      ['an approval that disables the account', { email: 'a@b.example', locale: 'fr' }, 'open'],
      ['an approval that begins later', { email: 'a@b.example', locale: 'it' }, 'open'],
      [
        'an approval that waits for a verified address holds at the gate',
        { email: 'a@b.example', locale: 'es' },
        'gate',
      ],
      ['an approval that holds nobody', { email: 'a@b.example' }, 'open'],
      ['no rule is known before the form is sent', { ...before, source: 'broker:x' }, 'open'],
      ['a user name that is not known', { email: 'a@b.example', locale: 'xx', username: null }, 'gate'],
    ],
  },
  {
    files: shop(`
  - { name: tried, dry-run: true, when: { email-domain: acme.com }, then: [refuse-registration] }
  - { name: tried too, dry-run: true, when: { locale: fr }, then: [${ask('gate')}] }
  - { name: in force, then: [refuse-registration] }
`),
    cases: [
      ['a dry run refuses nobody, and it decides: the rules after it do not', {}, 'open'],
      ['a dry run holds nobody', { email: 'a@b.example', locale: 'fr' }, 'open'],
      ['the rule after it refuses the others', { email: 'a@b.example' }, 'refuse in force'],
      ['unknown', before, 'open'],
    ],
  },
  {
    files: shop(
      `
  - { name: tried, dry-run: true, when: { email-domain: acme.com }, then: [refuse-registration] }
  - { name: in force, when: { email-domain: trash.example }, then: [refuse-registration] }
`,
      'hold: gate\n',
    ),
    cases: [
      ['hold: a dry run of a refusal holds at the gate: the service lets go', {}, 'gate'],
      ['hold: a refusal in force', { email: 'a@trash.example' }, 'refuse in force'],
      ['hold: nobody else', { email: 'a@b.example' }, 'gate'],
    ],
  },
  {
    files: shop(`
  - { name: nobody, when: { username: root }, then: [refuse-registration] }
  - { name: everybody, then: [] }
`),
    cases: [
      ['a rule without steps opens', {}, 'open'],
      ['the field that is shown is the user name', { username: 'ROOT' }, 'refuse nobody'],
    ],
  },
  files(
    [
      ['exact', 'acme', '[shop]'],
      ['exact-any-realm', '"*"', '[shop, blog]'],
      ['long', 'acme', '["shop-*"]'],
      ['short', 'acme', '["sh*"]'],
      ['glob-realm', '"ac*"', '["sho?-admin", "shop-*"]'],
      ['all', 'acme', '"*"'],
      ['all-any-realm', '"*"', '"*"'],
    ],
    [
      ['a client that a file names exactly', 'acme', 'shop', 'exact'],
      ['exactly, in any realm', 'other', 'shop', 'exact-any-realm'],
      ['an exact client of any realm goes before a glob of this realm', 'acme', 'blog', 'exact-any-realm'],
      ['the longer glob', 'acme', 'shop-1', 'long'],
      ['the exact realm goes before the longer glob of a client', 'acme', 'shop-admin', 'long'],
      ['the shorter glob', 'acme', 'shed', 'short'],
      ['a glob for the realm', 'acne', 'shop-1', 'glob-realm'],
      ['of two globs with one realm, the longer', 'acne', 'shot-admin', 'glob-realm'],
      ['all clients of the realm', 'acme', 'wiki', 'all'],
      ['all clients of all realms', 'acne', 'wiki', 'all-any-realm'],
      ['a client whose name is a star', 'acme', '*', 'all'],
      ['an empty name', 'acme', '', 'all'],
    ],
  ),
];

/** Files that each refuse everybody, by a rule of the name of the file. */
function files(
  all: readonly (readonly [name: string, realm: string, clients: string])[],
  cases: readonly (readonly [why: string, realm: string, client: string, file: string])[],
): Scene {
  const text = (name: string, realm: string, clients: string): string =>
    `version: 1\nrealm: ${realm}\nclients: ${clients}\nrules: [{ name: ${name}, then: [refuse-registration] }]\n`;
  return {
    files: Object.fromEntries(all.map(([name, realm, clients]) => [`${name}.yaml`, text(name, realm, clients)])),
    cases: cases.map(([why, realm, client, file]) => [`which file: ${why}`, { realm, client }, `refuse ${file}`]),
  };
}
