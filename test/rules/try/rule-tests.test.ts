import { describe, expect, it } from '@jest/globals';

import { formatProblem } from '../../../src/rules/load/problem.ts';
import { runRuleTests } from '../../../src/rules/try/rule-tests.ts';
import { bookOf } from '../facts.ts';

const book = bookOf({
  'shop.yaml': `version: 1
realm: acme
clients: [shop]
rules:
  - name: spike
    when: { registrations-over: { count: 20, within: 10m } }
    then: [disable-user]
  - name: at night
    when: { time: { hours: "22:00-06:00" }, locale: de, attribute: { company: ACME } }
    then: [{ join-group: /night }]
  - name: strangers
    when: { request-header: { x-stranger: "*" } }
    then: [refuse-registration]
  - name: verified
    when: { email-verified: true }
    then: [{ join-group: /a }, { delete-user: { after: 30d } }]
`,
});

function run(...cases: string[]) {
  return runText(`cases:\n${cases.map((line) => `  - ${line}\n`).join('')}`);
}

function runText(text: string) {
  const { passed, problems } = runRuleTests(book, 'shop.test.yaml', text);
  return { passed, problems: problems.map(formatProblem) };
}

const event = 'event: { realm: acme, client: shop }';

describe('src/rules/try/rule-tests', () => {
  it('passes cases that come out as expected', () => {
    expect(
      run(
        `{ name: nobody, ${event}, expect: { rule: null, steps: [] } }`,
        `{ name: spike, ${event}, registrations: 21, expect: { rule: spike } }`,
        `{ name: verified, ${event}, user: { email-verified: true }, expect: { rule: verified, steps: [join-group, delete-user: { after: 30d }] } }`,
        '{ name: night, event: { realm: acme, client: shop, time: "2026-11-24T23:00:00Z" }, user: { locale: de, attributes: { company: [ACME] } }, expect: { rule: at night } }',
        '{ name: refused, event: { realm: acme, client: shop, headers: { X-Stranger: "1" } }, expect: { rule: strangers, steps: [refuse-registration] } }',
      ),
    ).toEqual({ passed: 5, problems: [] });
  });

  it.each([
    [
      `{ name: x, ${event}, expect: { rule: spike } }`,
      '2:62 "x": no rule decided, not "spike": spike: 1 registrations by client in 10m, at most 20; at night: registered wed 12:00 (UTC), which is not in 22:00-06:00',
    ],
    [`{ name: x, ${event}, registrations: 30, expect: { rule: null } }`, '2:81 "x": "spike" decided, not no rule'],
    [
      `{ name: x, ${event}, registrations: 30, expect: { rule: spike, steps: [enable-user] } }`,
      '2:103 "x": the steps are not those that are expected\n    - enable-user\n    + disable-user',
    ],
    [
      `{ name: x, ${event}, user: { email-verified: true }, expect: { rule: verified, steps: [{ join-group: /b }, delete-user] } }`,
      '"x": the steps are not those that are expected\n    - join-group /b\n    + join-group /a\n      delete-user after 30 days',
    ],
    [`{ name: x, ${event}, expect: { rulle: spike } }`, 'cases[0].expect.rulle: unknown key, did you mean "rule"?'],
    [`{ name: x, event: { realm: acme }, expect: { rule: null } }`, 'cases[0].event.client: is missing'],
    [
      `{ name: x, ${event}, registrations: 30, expect: { rule: spike, steps: [{ join-grup: /b }] } }`,
      'cases[0].expect.steps[0]: unknown step "join-grup", did you mean "join-group"?',
    ],
  ])('names a case that does not: %s', (line, problem) => {
    const { passed, problems } = run(line);
    expect(passed).toBe(0);
    expect(problems.join('\n')).toContain(problem);
  });

  it.each([
    ['is no YAML', 'cases: [', 'shop.test.yaml:1:9 not the YAML of a rule file'],
    ['is a list', '- a\n', 'shop.test.yaml:1:1 must be a map with cases'],
    ['has no cases', 'case: []\n', 'shop.test.yaml:1:1 cases: must be a list'],
    ['has empty cases', 'cases:\n', 'shop.test.yaml:1:7 cases: must be a list'],
    ['has cases that are no list', '\ncases: { a: b }\n', 'shop.test.yaml:2:8 cases: must be a list'],
  ])('says so where a file %s', (_, text, problem) => {
    const { passed, problems } = runText(text);
    expect(passed).toBe(0);
    expect(problems.join('\n')).toContain(problem);
  });

  it('reports a file that is no YAML once', () => {
    expect(runText('cases: [').problems).toHaveLength(1);
  });

  it('reports a step that cannot be read, and does not compare it', () => {
    const steps = 'steps: [{ join-grup: /b }]';
    expect(run(`{ name: x, ${event}, registrations: 30, expect: { rule: spike, ${steps} } }`).problems).toHaveLength(1);
    expect(run(`{ name: x, ${event}, registrations: 30, expect: { rule: spike, steps: [7] } }`).problems).toEqual([
      expect.stringContaining('cases[0].expect.steps[0]: must be one step'),
    ]);
  });

  describe('of the door', () => {
    const door = bookOf({
      'shop.yaml': `version: 1
realm: acme
clients: [shop]
hold: gate
rules:
  - name: throwaway mail
    when: { email-domain: trash.test }
    then: [{ refuse-registration: { message: other-address } }]
  - name: abroad
    when: { locale: fr }
    then: [{ refuse-registration: { message: { en: Not yet, fr: Pas encore } } }]
  - name: verified
    when: { email-verified: true }
    then: [{ join-group: /a }]
`,
      'blog.yaml': 'version: 1\nrealm: acme\nclients: [blog]\nrules: [{ name: all, then: [{ join-group: /b }] }]\n',
    });
    const from = (email: string, client = 'shop') => `event: { realm: acme, client: ${client}, email: ${email} }`;
    const tested = (line: string) => {
      const { passed, problems } = runRuleTests(door, 'door.test.yaml', `cases:\n  - ${line}\n`);
      return [passed, ...problems.map(({ message }) => message)];
    };

    it.each([
      [`${from('a@trash.test')}, expect: { door: refuse }`],
      [`${from('a@trash.test')}, expect: { door: refuse, message: other-address }`],
      [`${from('a@trash.test')}, expect: { rule: throwaway mail, steps: [refuse-registration], door: refuse }`],
      [`${from('a@b.test')}, user: { locale: fr }, expect: { door: refuse, message: { en: Not yet, fr: Pas encore } }`],
      [`${from('a@b.test')}, user: { locale: de }, expect: { rule: null, door: gate }`],
      [`${from('a@b.test')}, user: { locale: de, email-verified: true }, expect: { rule: verified, door: gate }`],
      [`${from('a@b.test', 'blog')}, expect: { rule: all, door: open }`],
      [`${from('a@b.test', 'other')}, expect: { door: open }`],
    ])('passes: %s', (line) => {
      expect(tested(`{ name: x, ${line} }`)).toEqual([1]);
    });

    it.each([
      [
        `${from('a@trash.test')}, expect: { door: gate }`,
        '"x": the door answers "refuse" by "throwaway mail" with the text other-address, not "gate"',
      ],
      [
        `${from('a@trash.test')}, expect: { door: refuse, message: closed }`,
        '"x": the door answers "refuse" by "throwaway mail" with the text other-address, not "refuse" with the text closed',
      ],
      [`${from('a@b.test')}, expect: { rule: null, door: refuse }`, '"x": the door answers "gate", not "refuse"'],
      [`${from('a@b.test')}, expect: { door: shut }`, 'cases[0].expect.door: must be open, gate or refuse'],
      [`${from('a@b.test')}, expect: { steps: [] }`, 'cases[0].expect: must name a rule, or the door'],
      [
        `${from('a@b.test')}, expect: { door: gate, message: closed }`,
        'cases[0].expect.message: goes with "door: refuse"',
      ],
    ])('names what is not as expected: %s', (line, problem) => {
      expect(tested(`{ name: x, ${line} }`)).toEqual([0, problem]);
    });
  });

  it('says why, as far as rules were tried', () => {
    const { problems } = run(`{ name: x, ${event}, registrations: 30, expect: { rule: verified } }`);
    expect(problems[0]).toMatch(
      /"spike" decided, not "verified": spike: 30 registrations by client in 10m, more than 20$/,
    );
    expect(run('{ name: x, event: { realm: acme, client: blog }, expect: { rule: spike } }').problems).toEqual([
      'shop.test.yaml:2:62 "x": no rule decided, not "spike": no rule file names this client',
    ]);
  });
});
