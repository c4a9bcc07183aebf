import { describe, expect, it } from '@jest/globals';

import { conditionByKey, conditions } from '../../../src/rules/conditions/index.ts';
import { quoted, some } from '../../../src/rules/conditions/person.ts';
import { countedUnder } from '../../../src/rules/conditions/registrations-over.ts';
import type { Facts } from '../../../src/rules/model.ts';
import type { UserFacts } from '../../../src/ingest/user.ts';
import { judge, registration, user } from '../facts.ts';

const event = (fields: Partial<Facts['registration']>): Partial<Facts> => ({
  registration: { ...registration, ...fields },
});
const known = (fields: Partial<UserFacts>): Partial<Facts> => ({ user: { ...user, ...fields } });

/** Condition, facts, whether it holds, the reason. */
type Row = readonly [condition: string, facts: Partial<Facts>, holds: boolean, because: string];

function table(rows: readonly Row[]): void {
  it.each(rows)('%s, of %j: %s', (condition, facts, holds, because) => {
    expect(judge(condition, facts)).toMatchObject({ holds, because });
  });
}

const asksForUser = { holds: 'unknown', missing: { kind: 'missing', what: 'user' } };

describe('src/rules/conditions', () => {
  it.each(conditions.flatMap(({ key, examples }) => examples.map((example) => [key, example] as const)))(
    '%s reads its own example %j',
    (key, example) => {
      expect(() => judge(`${key}: ${JSON.stringify(example)}`, {})).not.toThrow();
    },
  );
});

describe('src/rules/conditions: what no condition takes', () => {
  it.each([
    ['attribute: {}', 'must name at least one attribute'],
    ['email: []', 'must name at least one'],
    ['request-header: {}', 'must name at least one header'],
    ['request-header: x-a', 'must map names of headers to a value, a glob, or a list of them'],
    ['time: { zone: UTC }', 'must name days or hours'],
    ['time: { hours: "08:00-08:00" }', 'must not end when it begins'],
    ['ip: 10.0.0.0/33', 'must be an address or a range'],
    ['ip: 10.0.0.0/8x', 'must be an address or a range'],
    ['ip: 10.0.0.0/x8', 'must be an address or a range'],
    ['ip: 10.0.0.0/8/9', 'must be an address or a range'],
    ['ip: "2001:db8::/129"', 'must be an address or a range'],
    ['ip: "::ffff:10.0.0.0/95"', 'must be an address or a range'],
    ['registrations-over: { count: 1, within: 0m }', 'must be a duration above nothing and up to ten years'],
    ['registrations-over: { count: 1, within: 1d1m }', 'must be at most a day'],
  ])('%s: %s', (condition, problem) => {
    expect(() => judge(condition, {})).toThrow(problem);
  });

  it('ends with the part of a regex that cannot be read, where there is one', () => {
    expect(() => judge('username: { regex: "x[z-a]" }', {})).toThrow(
      / is no regular expression: it cannot be read at "z-a"$/,
    );
    expect(() => judge('username: { regex: "x\\\\" }', {})).toThrow(/ is no regular expression$/);
    expect(() => judge('username: { regex: "a(b" }', {})).toThrow(/ it cannot be read at "a\(b"$/);
    expect(() => judge('username: { regex: "(?i)a)" }', {})).toThrow(/ it cannot be read at "\(\?i\)a\)"$/);
  });

  it('counts up to a whole day, and takes a range of all mapped addresses', () => {
    expect(judge('registrations-over: { count: 1, within: 1d }', {}).holds).toBe('unknown');
    expect(judge('ip: "::ffff:0.0.0.0/96"', {}).holds).toBe(true);
  });
});

describe('src/rules/conditions/person', () => {
  it('quotes what a person typed on one short line', () => {
    expect(quoted('Mia-7')).toBe('"Mia-7"');
    expect(quoted('Mia\nMeyer')).toBe('"Mia Meyer"');
    expect(quoted('\u202eaiM')).toBe('"aiM"');
    expect(quoted('Mia\u202e')).toBe('"Mia"');
    expect(quoted('\u202e')).toBe('""');
    expect(quoted('x'.repeat(60))).toBe(`"${'x'.repeat(60)}"`);
    expect(quoted('x'.repeat(61))).toBe(`"${'x'.repeat(60)}…"`);
  });

  it('names five patterns of a rule, and counts the rest', () => {
    expect(some([...'abcde'])).toBe('a, b, c, d, e');
    expect(some([...'abcdefg'])).toBe('a, b, c, d, e and 2 more');
  });
});

describe('src/rules/conditions/email-domain', () => {
  table([
    ['email-domain: "123"', event({ email: 'mia@123' }), true, 'e-mail domain "123" is among 123'],
    ['email-domain: acme.com', {}, true, 'e-mail domain "acme.com" is among acme.com'],
    ['email-domain: acme.com', event({ email: 'mia@ACME.Com' }), true, 'e-mail domain "acme.com" is among acme.com'],
    ['email-domain: ACME.com.', {}, true, 'e-mail domain "acme.com" is among acme.com'],
    ['email-domain: acme.com', event({ email: 'mia@acme.com.' }), true, 'e-mail domain "acme.com" is among acme.com'],
    [
      'email-domain: acme.com',
      event({ email: 'mia@x.acme.com' }),
      false,
      'e-mail domain "x.acme.com" is not among acme.com',
    ],
    [
      'email-domain: acme.com',
      event({ email: 'mia@evilacme.com' }),
      false,
      'e-mail domain "evilacme.com" is not among acme.com',
    ],
    [
      'email-domain: acme.com',
      event({ email: '"a@acme.com"@evil.example' }),
      false,
      'e-mail domain "evil.example" is not among acme.com',
    ],
    [
      'email-domain: "*.acme.com"',
      event({ email: 'a@x.y.acme.com' }),
      true,
      'e-mail domain "x.y.acme.com" is among *.acme.com',
    ],
    ['email-domain: "*.acme.com"', {}, false, 'e-mail domain "acme.com" is not among *.acme.com'],
    ['email-domain: [a.example, acme.com]', {}, true, 'e-mail domain "acme.com" is among a.example, acme.com'],
    [
      'email-domain: bücher.example',
      event({ email: 'a@xn--bcher-kva.example' }),
      true,
      'e-mail domain "xn--bcher-kva.example" is among xn--bcher-kva.example',
    ],
    [
      'email-domain: xn--bcher-kva.example',
      event({ email: 'a@BÜCHER.example' }),
      true,
      'e-mail domain "xn--bcher-kva.example" is among xn--bcher-kva.example',
    ],
    [
      'email-domain: "*.bücher.example"',
      event({ email: 'a@x.bücher.example' }),
      true,
      'e-mail domain "x.xn--bcher-kva.example" is among *.xn--bcher-kva.example',
    ],
    ['email-domain: acme.com', known({ email: null }), false, 'there is no e-mail address'],
    ['email-domain: acme.com', event({ email: 'mia' }), false, 'there is no e-mail address'],
    [
      'email-domain: acme.com',
      known({ email: 'mia@other.example' }),
      false,
      'e-mail domain "other.example" is not among acme.com',
    ],
  ]);

  it('asks Keycloak for the address when the event tells none', () => {
    expect(judge('email-domain: acme.com', event({ email: null }))).toEqual(asksForUser);
  });

  it('asks Keycloak for the address when the event cut it off', () => {
    const email = `${'a'.repeat(246)}@acme.com`;
    expect(email).toHaveLength(255);
    expect(judge('email-domain: acme.com', event({ email }))).toEqual(asksForUser);
  });

  it('compares with the lines of a list file, comments left out', () => {
    const lists = { 'l.txt': '\ufeff# ours\r\nACME.com # the old one\r\n*.acme.org\r\n' };
    expect(judge('email-domain: { list: l.txt }', {}, lists)).toMatchObject({
      holds: true,
      because: 'e-mail domain "acme.com" is among l.txt',
    });
    expect(judge('email-domain: { list: l.txt }', event({ email: 'a@b.acme.org' }), lists).holds).toBe(true);
    expect(judge('email-domain: { list: l.txt }', event({ email: 'a@ours' }), lists).holds).toBe(false);
  });
});

describe('src/rules/conditions/email-verified', () => {
  table([
    ['email-verified: true', known({ emailVerified: true }), true, 'e-mail address is verified'],
    ['email-verified: true', known({ emailVerified: false }), false, 'e-mail address is not verified'],
    ['email-verified: false', known({ emailVerified: false }), true, 'e-mail address is not verified'],
  ]);

  it('asks Keycloak: no event tells it', () => {
    expect(judge('email-verified: true', {})).toEqual(asksForUser);
  });
});

describe('src/rules/conditions/email', () => {
  table([
    ['email: "*@acme.com"', event({ email: 'MIA@Acme.com' }), true, 'e-mail address "MIA@Acme.com" matches *@acme.com'],
    ['email: "*+*@*"', {}, false, 'e-mail address "mia@acme.com" does not match *+*@*'],
    ['email: { regex: "[a-z]+@acme.com" }', {}, true, 'e-mail address "mia@acme.com" matches /[a-z]+@acme.com/'],
    ['email: { regex: "acme" }', {}, false, 'e-mail address "mia@acme.com" does not match /acme/'],
    ['email: "*"', known({ email: null }), false, 'e-mail address nothing does not match *'],
  ]);
});

describe('src/rules/conditions: what the event does not tell as a whole', () => {
  const cut = 'x'.repeat(255);
  it.each([
    ['email: "*"', { email: null }],
    ['email: "*"', { email: cut }],
    ['username: "*"', { username: null }],
    ['username: "*"', { username: cut }],
    ['registrations-over: { count: 3, within: 1h, by: domain }', { email: null }],
  ])('%s asks Keycloak', (condition, fields) => {
    expect(judge(condition, event(fields))).toEqual(asksForUser);
  });
});

describe('src/rules/conditions/username', () => {
  table([
    ['username: "test-*"', event({ username: 'Test-7' }), true, 'user name "Test-7" matches test-*'],
    ['username: [root, admin]', {}, false, 'user name "mia" does not match root, admin'],
    [
      'username: { regex: "[a-z]{2}[0-9]{3}" }',
      event({ username: 'ab123' }),
      true,
      'user name "ab123" matches /[a-z]{2}[0-9]{3}/',
    ],
    ['username: __proto__', event({ username: '__proto__' }), true, 'user name "__proto__" matches __proto__'],
  ]);

  it('matches hostile names in linear time', () => {
    const username = `${'a'.repeat(250)}!`;
    expect(judge('username: { regex: "(a+)+" }', event({ username })).holds).toBe(false);
    expect(judge('username: "*a*a*a*a*a*a*a*a*a*a*b"', event({ username })).holds).toBe(false);
  });
});

describe('src/rules/conditions/source', () => {
  table([
    ['source: form', {}, true, 'source "form" is among form'],
    ['source: "broker:*"', event({ source: 'broker:google' }), true, 'source "broker:google" is among broker:*'],
    [
      'source: [broker:github, form]',
      event({ source: 'broker:google' }),
      false,
      'source "broker:google" is not among broker:github, form',
    ],
    ['source: [broker:github, form]', {}, true, 'source "form" is among broker:github, form'],
  ]);
});

describe('src/rules/conditions/ip', () => {
  table([
    ['ip: 192.0.2.0/24', {}, true, 'address 192.0.2.7 is in 192.0.2.0/24'],
    ['ip: 192.0.2.7', {}, true, 'address 192.0.2.7 is in 192.0.2.7'],
    ['ip: [10.0.0.0/8, 192.0.2.8]', {}, false, 'address 192.0.2.7 is not in 10.0.0.0/8, 192.0.2.8'],
    ['ip: [10.0.0.0/8, 192.0.2.0/24]', {}, true, 'address 192.0.2.7 is in 10.0.0.0/8, 192.0.2.0/24'],
    ['ip: 192.0.2.0/24', event({ ip: '::ffff:192.0.2.9' }), true, 'address 192.0.2.9 is in 192.0.2.0/24'],
    ['ip: "::ffff:192.0.2.0/120"', {}, true, 'address 192.0.2.7 is in ::ffff:192.0.2.0/120'],
    ['ip: "2001:db8::/32"', event({ ip: '2001:db8::1' }), true, 'address 2001:db8::1 is in 2001:db8::/32'],
    ['ip: "::/0"', {}, false, 'address 192.0.2.7 is not in ::/0'],
    ['ip: 0.0.0.0/0', event({ ip: null }), false, 'the event has no address'],
    ['ip: 0.0.0.0/0', event({ ip: 'unknown' }), false, 'the event has no address'],
  ]);
});

describe('src/rules/conditions/attribute', () => {
  const withAttributes = (attributes: UserFacts['attributes']) => known({ attributes });
  table([
    [
      'attribute: { company: ACME }',
      withAttributes({ company: ['ACME'] }),
      true,
      'attribute company "ACME" is among ACME',
    ],
    [
      'attribute: { company: ACME }',
      withAttributes({ company: ['acme'] }),
      false,
      'attribute company "acme" is not among ACME',
    ],
    [
      'attribute: { company: "AC*" }',
      withAttributes({ company: ['x', 'ACDC'] }),
      true,
      'attribute company "ACDC" is among AC*',
    ],
    [
      'attribute: { company: ACME, team: [a, b] }',
      withAttributes({ company: ['ACME'] }),
      false,
      'attribute team nothing is not among a, b',
    ],
    [
      'attribute: { company: [Initech, ACME] }',
      withAttributes({ company: ['ACME'] }),
      true,
      'attribute company "ACME" is among Initech, ACME',
    ],
    ['attribute: { toString: "*" }', withAttributes({}), false, 'attribute toString nothing is not among *'],
  ]);

  it('asks Keycloak: no event tells it', () => {
    expect(judge('attribute: { company: ACME }', {})).toEqual(asksForUser);
  });

  it('names the attributes that the realm must have', () => {
    expect(conditionByKey.get('attribute')?.references?.({ company: ['ACME'], team: ['a'] })).toEqual([
      { kind: 'attribute', name: 'company', use: 'compared' },
      { kind: 'attribute', name: 'team', use: 'compared' },
    ]);
  });
});

describe('src/rules/conditions/locale', () => {
  table([
    ['locale: de', known({ locale: 'de' }), true, 'locale "de" is among de'],
    ['locale: pt', known({ locale: 'pt-BR' }), true, 'locale "pt-BR" is among pt'],
    ['locale: pt-BR', known({ locale: 'pt' }), false, 'locale "pt" is not among pt-BR'],
    ['locale: [de, fr]', known({ locale: null }), false, 'locale nothing is not among de, fr'],
    ['locale: [de, fr]', known({ locale: 'fr' }), true, 'locale "fr" is among de, fr'],
    ['locale: de', event({ locale: 'de' }), true, 'locale "de" is among de'],
    ['locale: de', { ...event({ locale: 'de' }), ...known({ locale: 'fr' }) }, true, 'locale "de" is among de'],
  ]);

  it('asks Keycloak when the event tells none', () => {
    expect(judge('locale: de', {})).toEqual(asksForUser);
  });
});

describe('src/rules/conditions/time', () => {
  const at = (time: string): Partial<Facts> => event({ time: Date.parse(time) });
  table([
    ['time: { days: tue }', {}, true, 'registered tue 10:00 (UTC), which is in tue'],
    ['time: { hours: "08:00-10:00" }', {}, false, 'registered tue 10:00 (UTC), which is not in 08:00-10:00'],
    ['time: { hours: "10:00-11:00" }', {}, true, 'registered tue 10:00 (UTC), which is in 10:00-11:00'],
    [
      'time: { hours: "08:00-18:00", zone: Asia/Tokyo }',
      {},
      false,
      'registered tue 19:00 (Asia/Tokyo), which is not in 08:00-18:00',
    ],
    [
      'time: { hours: "22:00-06:00" }',
      at('2026-11-24T23:30:00Z'),
      true,
      'registered tue 23:30 (UTC), which is in 22:00-06:00',
    ],
    [
      'time: { hours: "22:00-06:00" }',
      at('2026-11-24T06:00:00Z'),
      false,
      'registered tue 06:00 (UTC), which is not in 22:00-06:00',
    ],
    [
      'time: { hours: "22:00-06:00" }',
      at('2026-11-24T05:59:00Z'),
      true,
      'registered tue 05:59 (UTC), which is in 22:00-06:00',
    ],
    [
      'time: { hours: "22:00-06:00" }',
      at('2026-11-24T22:00:00Z'),
      true,
      'registered tue 22:00 (UTC), which is in 22:00-06:00',
    ],
    ['time: { hours: "10:01-18:00" }', {}, false, 'registered tue 10:00 (UTC), which is not in 10:01-18:00'],
    ['time: { days: [mon, wed] }', {}, false, 'registered tue 10:00 (UTC), which is not in mon wed'],
    [
      'time: { days: mon, hours: "08:00-18:00" }',
      {},
      false,
      'registered tue 10:00 (UTC), which is not in mon 08:00-18:00',
    ],
    [
      'time: { hours: "18:00-24:00" }',
      at('2026-11-24T23:59:00Z'),
      true,
      'registered tue 23:59 (UTC), which is in 18:00-24:00',
    ],
    [
      'time: { days: [sun], zone: Europe/Berlin, hours: "00:00-24:00" }',
      at('2026-10-24T22:30:00Z'),
      true,
      'registered sun 00:30 (Europe/Berlin), which is in sun 00:00-24:00',
    ],
  ]);
});

describe('src/rules/conditions/registrations-over', () => {
  const counted = (key: readonly string[], windowMs: number, count: number): Partial<Facts> => ({
    counts: new Map([[`${JSON.stringify(key)}/${windowMs}`, count]]),
  });
  table([
    [
      'registrations-over: { count: 20, within: 10m }',
      counted(['client', 'acme', 'shop', ''], 600_000, 21),
      true,
      '21 registrations by client in 10m, more than 20',
    ],
    [
      'registrations-over: { count: 20, within: 10m }',
      counted(['client', 'acme', 'shop', ''], 600_000, 20),
      false,
      '20 registrations by client in 10m, at most 20',
    ],
    [
      'registrations-over: { count: 3, within: 1h, by: ip-range }',
      { ...event({ ip: null }) },
      false,
      'the registration tells no ip-range to count',
    ],
  ]);

  it.each([
    ['client', {}, ''],
    ['ip-range', {}, '192.0.2'],
    ['ip-range', event({ ip: '2001:db8:1:2::3' }), '32.1.13.184.0.1'],
    ['domain', event({ email: 'x@ACME.com.' }), 'acme.com'],
  ] as const)('says what to count, by %s', (by, facts, group) => {
    expect(judge(`registrations-over: { count: 3, within: 1h, by: ${by} }`, facts)).toEqual({
      holds: 'unknown',
      missing: {
        kind: 'missing',
        what: 'count',
        key: JSON.stringify([by, 'acme', 'shop', group]),
        by,
        windowMs: 3_600_000,
      },
    });
  });
});

describe('src/rules/conditions/registrations-over: what a registration counts for', () => {
  const under = (by: 'client' | 'ip-range' | 'domain', fields: Partial<Facts['registration']> = {}) =>
    countedUnder(by, { registration: { ...registration, ...fields } });

  it('is the group that it belongs to', () => {
    expect(under('client')).toBe(JSON.stringify(['client', 'acme', 'shop', '']));
    expect(under('ip-range')).toBe(JSON.stringify(['ip-range', 'acme', 'shop', '192.0.2']));
    expect(under('domain')).toBe(JSON.stringify(['domain', 'acme', 'shop', 'acme.com']));
  });

  it('is nothing where it tells none, or where the user must be read first', () => {
    expect(under('ip-range', { ip: null })).toBeNull();
    expect(under('domain', { email: 'mia' })).toBeNull();
    expect(under('domain', { email: null })).toBeNull();
  });
});

describe('src/rules/conditions/request-header', () => {
  const sent = (headers: Record<string, string | null>) => event({ headers });
  table([
    ['request-header: { x-a: "*" }', sent({ 'x-a': '1' }), true, 'header x-a "1" is among *'],
    ['request-header: { X-A: "*" }', sent({ 'x-a': '' }), true, 'header x-a "" is among *'],
    ['request-header: { x-a: "*" }', sent({ 'x-a': null, 'x-b': '1' }), false, 'header x-a nothing is not among *'],
    ['request-header: { x-a: de }', sent({ 'x-a': 'DE' }), false, 'header x-a "DE" is not among de'],
    ['request-header: { x-a: [a, "b-?"] }', sent({ 'x-a': 'b-1' }), true, 'header x-a "b-1" is among a, b-?'],
    [
      'request-header: { x-a: a, x-b: b }',
      sent({ 'x-a': 'a', 'x-b': null }),
      false,
      'header x-b nothing is not among b',
    ],
    ['request-header: { x-a: a, x-b: b }', sent({ 'x-b': 'c' }), false, 'header x-b "c" is not among b'],
    [
      'request-header: { x-a: a, x-b: b }',
      sent({ 'x-a': 'a', 'x-b': 'b' }),
      true,
      'header x-a "a" is among a, and header x-b "b" is among b',
    ],
  ]);

  it.each([
    ['request-header: { x-a: "*" }', {}, ['x-a']],
    ['request-header: { x-a: "*" }', sent({ 'x-b': '1' }), ['x-a']],
    ['request-header: { x-a: a, x-b: b }', sent({ 'x-a': 'a' }), ['x-b']],
    ['request-header: { tostring: "*" }', sent({}), ['tostring']],
  ])('cannot say whether %s where nobody looked for the header', (when, facts, names) => {
    const missing = { kind: 'missing', what: 'headers', names };
    expect(judge(when, facts)).toEqual({ holds: 'unknown', missing });
  });
});
