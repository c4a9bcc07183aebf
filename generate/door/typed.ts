import { before, condition, type Scene, type SceneCase, shop } from './scenes.ts';

const long = `${'a'.repeat(255)}@b.example`;
/** Only the service can say what these are. */
const typed = {
  'letters beyond ASCII': { email: 'idn1@bücher.test' },
  'a full-width dot': { email: 'x@TRASH\u3002example' },
  'full-width letters': { email: 'x@\uFF54rash.example' },
  'a soft hyphen': { email: 'x@tra\u00ADsh.example' },
  'a space of no width': { email: 'x@trash\u200B.example' },
  '255 characters': { email: long },
};
const unclear = (what: string, rest = {}): SceneCase[] =>
  Object.entries(typed).map(([how, visitor]) => [`${what}: ${how}`, { ...visitor, ...rest }, 'gate']);

const staff = `
  - { name: staff, when: { email-domain: acme.com }, then: [{ join-group: /staff }] }
  - { name: rest, then: [refuse-registration] }
`;
const throwaway = `
  - { name: throwaway, when: { email-domain: trash.example }, then: [refuse-registration] }
  - { name: all, then: [] }
`;

/** What a person types to be no one the rules know never lets them in. */
export const typedScenes: readonly Scene[] = [
  {
    files: shop(staff),
    cases: [
      ...unclear('staff only'),
      ['staff only: before the form is sent', before, 'open'],
      ['staff only: staff', {}, 'open'],
      ['staff only: others', { email: 'a@b.example' }, 'refuse rest'],
      ['staff only: no address', { email: null }, 'refuse rest'],
      ['staff only: another client', { email: long, client: 'blog' }, 'open'],
    ],
  },
  {
    files: shop(staff, 'hold: gate\n'),
    cases: [...unclear('staff only, and hold'), ['staff only, and hold: before the form is sent', before, 'gate']],
  },
  {
    files: shop(throwaway),
    cases: [
      ...unclear('throwaway'),
      ['throwaway: before the form is sent', before, 'open'],
      ['throwaway: others', {}, 'open'],
    ],
  },
  { files: shop(throwaway, 'hold: gate\n'), cases: unclear('throwaway, and hold') },
  {
    files: shop(`
  - { name: verified, when: { email-verified: true }, then: [] }
  - { name: throwaway, when: { email-domain: trash.example }, then: [refuse-registration] }
`),
    cases: [['a rule above is unknown, whatever is typed', { email: long }, 'gate']],
  },
  {
    files: shop(`
  - { name: inside, when: { ip: 10.0.0.0/8 }, then: [] }
  - { name: throwaway, when: { email-domain: trash.example }, then: [refuse-registration] }
`),
    cases: [
      ['a rule above surely holds, whatever is typed', { email: long, ip: '10.1.1.1' }, 'open'],
      ['no rule above holds', { email: long }, 'gate'],
    ],
  },
  condition('all: [{ email-verified: true }, { email-domain: acme.com }]', [
    ['all: unknown, and unclear', { email: 'a@bücher.example' }, 'unclear'],
    ['all: unknown', {}, 'unknown'],
  ]),
  condition('all: [{ username: "m*" }, { email-verified: true }, { source: form }]', [
    ['all: unclear, and unknown', { username: 'm'.repeat(255) }, 'unclear'],
    ['all: unclear, and one that fails', { username: 'm'.repeat(255), source: 'broker:x' }, false],
  ]),
  condition('any: [{ email-domain: acme.com }, { email-verified: true }]', [
    ['any: unclear, and unknown', { email: 'x@acme\u3002com' }, 'unclear'],
    ['any: not sent', before, 'unknown'],
    ['any: unknown', { email: 'a@b.example' }, 'unknown'],
  ]),
  condition('any: [{ email-verified: true }, { email: "*@acme.com" }, { source: "broker:*" }]', [
    ['any: unknown, and unclear', { email: long }, 'unclear'],
    ['any: unclear, and one that holds', { email: long, source: 'broker:x' }, true],
  ]),
  condition('not: { any: [{ email-verified: true }, { email-domain: acme.com }] }', [
    ['not: unclear stays unclear', { email: 'x@ac\u00ADme.com' }, 'unclear'],
    ['not: unknown stays unknown', { email: 'a@b.example' }, 'unknown'],
  ]),
  condition('not: { not: { request-header: { x-partner-id: "*" } } }', [
    ['twice not: unclear stays unclear', { headers: { 'x-partner-id': null } }, 'unclear'],
  ]),
];
