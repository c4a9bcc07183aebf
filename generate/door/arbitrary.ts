import fc from 'fast-check';

import type { Visitor } from '../../src/rules/door/evaluate.ts';

// Rule files and visitors that often fit together, for the corpus and for the property tests.

const domains = ['acme.com', 'x.acme.com', 'trash.example', 'xn--bcher-kva.example', 'b.example'];
const names = ['mia', 'MIA', 'bot-7', 'root', 'ǅungla', ''];
const someOf = <T>(values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

const known = {
  'email-domain': someOf([...domains, '*.acme.com', '*.example', '?.example', 'Bücher.example', '*']),
  email: someOf(['*@acme.com', 'mia@*', '*+*@*', '*', 'MIA@?.EXAMPLE']),
  username: someOf(['mia', 'bot-*', '*o*', '???', '*', 'ǆ*']),
  source: someOf(['form', 'broker:*', 'broker:google', '*o*']),
  ip: someOf(['10.0.0.0/8', '192.0.2.0/25', '2001:db8::/32', '0.0.0.0/0', '::ffff:10.1.0.0/112', '::/0', '192.0.2.7']),
  locale: someOf(['de', 'pt', 'pt-BR', '*', 'EN', 'd?']),
  time: fc.record(
    {
      days: someOf(['mon', 'tue', 'sat', 'sun']),
      hours: fc.constantFrom('08:00-18:00', '22:00-06:00', '00:00-24:00', '18:00-00:00', '02:00-03:00'),
      zone: fc.constantFrom('Europe/Berlin', 'UTC', 'America/New_York', 'Pacific/Auckland', 'Asia/Kathmandu'),
    },
    { requiredKeys: ['days', 'zone'] },
  ),
  'request-header': fc.dictionary(fc.constantFrom('x-partner-id', 'X-Country'), someOf(['*', 'p-?', 'DE']), {
    minKeys: 1,
  }),
};

const unknown = {
  'email-verified': fc.boolean(),
  attribute: fc.constant({ company: 'ACME' }),
  'registrations-over': fc.constant({ count: 1, within: '1m' }),
};

type When = Readonly<Record<string, unknown>>;

/** @param kinds values of conditions by their key */
function whens(kinds: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<When> {
  const one = fc.oneof(
    ...Object.entries(kinds).map(([key, operand]) => operand.map((value): When => ({ [key]: value }))),
  );
  return fc.letrec<{ when: When }>((tie) => {
    const several = fc.array(tie('when'), { minLength: 1, maxLength: 3 });
    return {
      when: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        one,
        fc.tuple(one, one).map(([left, right]) => ({ ...left, ...right })),
        several.map((of) => ({ all: of })),
        several.map((of) => ({ any: of })),
        tie('when').map((of) => ({ not: of })),
      ),
    };
  }).when;
}

const steps = fc.constantFrom<readonly unknown[]>(
  ['refuse-registration'],
  ['refuse-registration'],
  [{ 'refuse-registration': { message: 'other-address', otherwise: 'delete-user' } }],
  [{ 'refuse-registration': { message: { en: 'No.', de: 'Nein.' } } }],
  [],
  ['disable-user'],
  [{ 'request-approval': { approvers: ['a@b.example'], hold: 'gate' } }],
  [{ 'request-approval': { approvers: ['a@b.example'], hold: 'account' } }],
);

function rules(kinds: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  const some = fc.uniqueArray(whens(kinds), { minLength: 1, maxLength: 4, selector: (when) => JSON.stringify(when) });
  return fc
    .tuple(some, fc.boolean())
    .chain(([all, last]) => fc.tuple(...[...all, ...(last ? [null] : [])].map((when, index) => ruleOf(when, index))));
}

function ruleOf(when: When | null, index: number) {
  return fc.record({ then: steps, dry: fc.integer({ min: 0, max: 7 }) }).map(({ then, dry }) => ({
    name: `rule ${index}`,
    ...(when === null ? {} : { when }),
    // Rule files call it `then`. No code ever awaits a rule.
    // oxlint-disable-next-line unicorn/no-thenable
    then,
    ...(dry === 0 ? { 'dry-run': true } : {}),
  }));
}

function files(kinds: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Readonly<Record<string, string>>> {
  const file = fc
    .record({
      realm: fc.constantFrom('acme', '*', 'ac*'),
      clients: someOf(['shop', 'sh*', '*', 'blog', 's?op']),
      hold: fc.boolean(),
      rules: rules(kinds),
    })
    // JSON is YAML.
    .map(({ hold, ...others }) =>
      JSON.stringify({ version: 1, ...others, ...(hold ? { hold: 'gate' } : {}) }, null, 1),
    );
  return fc
    .array(file, { minLength: 1, maxLength: 3 })
    .map((texts) => Object.fromEntries(texts.map((text, index) => [`${'abc'[index]}.yaml`, text])));
}

/** Rule files by name, as text. */
export const ruleFiles = files({ ...known, ...unknown });
/** Those without a condition that nobody can know at the door. */
export const plainRuleFiles = files(known);

const emails = fc
  .tuple(fc.constantFrom('mia', 'MIA', 'a+b', 'ö', ''), fc.constantFrom(...domains, 'BÜCHER.example', 'ACME.com.', ''))
  .map(([local, domain]) => `${local}@${domain}`);
const long = fc.constantFrom(254, 255, 256).map((length) => `${'a'.repeat(length - 9)}@acme.com`);

const times = [
  '2026-11-24T10:00:00Z',
  '2026-11-28T05:59:59Z',
  '2026-11-28T23:00:00Z',
  '2026-03-29T01:00:00Z',
  '2026-10-25T00:30:00Z',
  '2026-10-25T01:30:00Z',
  '2026-11-01T06:30:00Z',
  '2027-01-03T11:15:00Z',
].map((time) => Date.parse(time));

const where = fc.record({
  realm: fc.constantFrom('acme', 'acme', 'other'),
  client: fc.constantFrom('shop', 'shop', 'blog', 'shed', 'wiki'),
  source: fc.constantFrom('form', 'form', 'broker:google', 'broker:x'),
  ip: fc.constantFrom('10.1.2.3', '192.0.2.7', '::ffff:10.1.2.3', '2001:db8::1', 'unknown', null),
  locale: fc.constantFrom('de', 'de-AT', 'pt-br', 'en', null),
  time: fc.constantFrom(...times),
  headers: fc.dictionary(fc.constantFrom('x-partner-id', 'x-country'), fc.constantFrom('p-1', 'DE', 'de', '', null)),
});

const typed = fc.record({
  sent: fc.constant(true),
  username: fc.constantFrom(...names, null),
  email: fc.oneof(
    { weight: 5, arbitrary: emails },
    { weight: 1, arbitrary: long },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
});
const notTyped = fc.constant({ sent: false, username: null, email: null });

const join = ([place, person]: readonly [
  Omit<Visitor, 'sent' | 'username' | 'email'>,
  Pick<Visitor, 'sent' | 'username' | 'email'>,
]): Visitor => ({
  ...place,
  ...person,
});

/** Somebody who has opened the form, and perhaps sent it. */
export const visitors: fc.Arbitrary<Visitor> = fc
  .tuple(where, fc.oneof({ weight: 2, arbitrary: typed }, { weight: 1, arbitrary: notTyped }))
  .map(join);

/** Somebody of whom everything is known that can be known at the door. */
export const knownVisitors: fc.Arbitrary<Visitor> = fc
  .tuple(
    where
      .filter(({ headers }) => !Object.values(headers).includes(null))
      .map(({ locale, ...others }) => ({ ...others, locale: locale ?? 'fr' })),
    fc.record({
      sent: fc.constant(true),
      username: fc.constantFrom(...names),
      email: fc.oneof(
        emails.filter((email) => /^[\u0021-\u007e]*$/.test(email)),
        fc.constant(null),
      ),
    }),
  )
  .map(join);
