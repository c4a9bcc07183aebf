import { describe, expect, it } from '@jest/globals';

import { createStyleFor } from '../../../src/app/mail-style.ts';
import { styleIn } from '../../../src/messages/mail/client-style.ts';
import { personMail } from '../../../src/messages/mail/person.ts';
import { problemsOfMails, templateProblems } from '../../../src/messages/templates/check.ts';
import { createMetrics } from '../../../src/app/metrics.ts';
import { createLog } from '../../../src/platform/log.ts';
import { templateMessages } from '../../../src/messages/templates/messages.ts';
import { personMessages } from '../../../src/rules/steps/notify-user.ts';
import { buildRuleBook } from '../../../src/rules/load/load.ts';
import { formatProblem } from '../../../src/rules/load/problem.ts';
import type { RuleBook } from '../../../src/rules/model.ts';

const rulesOf = (client: string): string =>
  `version: 1\nrealm: acme\nclients: [${client}]\nmail: { reply-to: desk@${client}.example }\nrules:\n  - name: all\n    then: [disable-user]\n`;

function bookOf(templates: Readonly<Record<string, string>>): RuleBook {
  const files: Readonly<Record<string, string>> = {
    'partners.yaml': rulesOf('portal'),
    'shop.yaml': rulesOf('shop'),
    ...templates,
  };
  const { book, problems } = buildRuleBook(Object.keys(files), (name) => ({ text: files[name] ?? '' }));
  if (book === null) {
    throw new Error(problems.map(formatProblem).join());
  }
  return book;
}

const problemsOf = (templates: Readonly<Record<string, string>>): string[] =>
  templateProblems(bookOf(templates)).map(formatProblem);

const good = 'Subject: Hi\n\nText\n\n{{ text }}\n';

describe('src/messages/templates/check', () => {
  it('has nothing to say against templates that are right, wherever they may lie', () => {
    expect(
      problemsOf({
        'templates/en/welcome.liquid': good,
        'templates/de/welcome.liquid': good,
        'templates/partners/fr/pending.liquid': good,
        'templates/en/ask.liquid': `${good}\n{{ button }}\n`,
      }),
    ).toEqual([]);
  });

  it.each([
    ['templates/en/welcom.liquid', 'unknown message "welcom", did you mean "welcome"?'],
    ['templates/xx/welcome.liquid', 'unknown language "xx", '],
    [
      'templates/partners/welcome.liquid',
      'unknown language "partners", put it into a folder of its language, such as templates/partners/en',
    ],
    ['templates/partnes/en/welcome.liquid', 'there is no rule file partnes.yaml, did you mean "partners"?'],
    [
      'templates/portal/en/welcome.liquid',
      'there is no rule file portal.yaml, the client portal has its rules in partners.yaml: call the folder partners',
    ],
    ['templates/welcome.liquid', 'lies in no folder of a language, '],
    ['templates/acme/partners/en/welcome.liquid', 'lies in no folder of a language, '],
  ])('says that %s is read by nobody', (file, problem) => {
    expect(problemsOf({ [file]: good })).toEqual([expect.stringContaining(`${file}:1:1 ${problem}`)]);
  });

  it('lets the service start where the rule file of a folder is gone, and no other mistake', () => {
    const gone = bookOf({ 'templates/gone/en/welcome.liquid': 'Subject: {{ nmae }}' });
    expect(problemsOfMails(gone)).toEqual([]);
    expect(templateProblems(gone)).toHaveLength(1);
    for (const file of ['templates/xx/welcome.liquid', 'templates/partners/en/welcom.liquid', 'templates/x.liquid']) {
      expect(problemsOfMails(bookOf({ [file]: good }))).toHaveLength(1);
    }
  });

  it.each([
    ['Subject: Hi {{ nmae }}\n\nText', '1:16 unknown variable "nmae", did you mean "name"?'],
    ['Subject: Hi\n\n{% if name %}Text{% endif %}', '1:1 makes no mail: there is no text'],
    ['Subject: Hi\n\n{{ (1..100000000) }}', '3:1 makes no mail: memory alloc limit exceeded'],
    ['Subject: {{ name }}\n\nText', '1:1 makes no mail: the subject is empty'],
  ])('tries each template with good values, bad ones, and none: %j', (text, problem) => {
    expect(problemsOf({ 'templates/en/welcome.liquid': text })).toEqual([`templates/en/welcome.liquid:${problem}`]);
  });

  it('wants the button in a mail to an approver, whatever is typed', () => {
    const file = 'templates/en/ask.liquid';
    const wrong = `${file}:1:1 makes no mail: it has no {{ button }}`;
    expect(problemsOf({ [file]: good })).toEqual([wrong]);
    expect(problemsOf({ [file]: `${good}\n{% if email %}\n\n{{ button }}\n\n{% endif %}\n` })).toEqual([wrong]);
  });
});

describe('src/messages/templates/messages', () => {
  it.each(['welcome', 'pending', 'ask', 'remind', 'escalate', 'handed-over', 'again', 'digest', 'decided'])(
    'knows the message %s',
    (name) => {
      expect([...templateMessages.keys()]).toContain(name);
    },
  );

  it('knows every message that a rule can send to the person', () => {
    expect([...templateMessages.keys()]).toEqual(expect.arrayContaining([...personMessages]));
  });
});

describe('a template of a rule file', () => {
  const told: string[] = [];
  const mailOf = (book: RuleBook, clientId: string, locale: string) => {
    const style = styleIn(book, 'acme', clientId, (file, why) => told.push(`${file} ${why}`));
    const to = { address: 'mia@b.example', locale };
    return personMail({ kind: 'person', key: '1', to, message: 'welcome', application: 'Portal' }, style);
  };

  it('goes before the general one, for its clients and its language only', () => {
    const book = bookOf({
      'templates/en/welcome.liquid': 'Subject: For all\n\nText',
      'templates/partners/en/welcome.liquid': 'Subject: For partners of {{ application }}\n\nText <b>\n\n{{ text }}',
    });
    const [partner, shop, german, other] = [
      mailOf(book, 'portal', 'en-GB'),
      mailOf(book, 'shop', 'en'),
      mailOf(book, 'portal', 'de'),
      mailOf(book, 'nobody', 'en'),
    ];
    expect([partner.subject, shop.subject, other.subject]).toEqual(['For partners of Portal', 'For all', 'For all']);
    expect(german.subject).toBe(mailOf(bookOf({}), 'portal', 'de').subject);
    expect([partner.replyTo, shop.replyTo, other.replyTo]).toEqual([
      'desk@portal.example',
      'desk@shop.example',
      undefined,
    ]);
    expect(partner.text).toContain('Text <b>\n\n');
    expect(partner.html).toContain('>Text &#60;b&#62;</p>');
    expect(partner.text).toContain('You can start right away.');
  });

  it('changes nothing of the mails that it is not for', () => {
    const book = bookOf({ 'templates/partners/en/welcome.liquid': good });
    expect(mailOf(book, 'shop', 'en')).toEqual(mailOf(bookOf({}), 'shop', 'en'));
  });

  it('that makes no mail leaves the built-in text, and an operator hears of it', () => {
    const book = bookOf({ 'templates/en/welcome.liquid': 'Subject: x\n\n{% if name %}Text{% endif %}' });
    expect(mailOf(book, 'shop', 'en')).toEqual(mailOf(bookOf({}), 'shop', 'en'));
    expect(told).toEqual(['templates/en/welcome.liquid there is no text']);
  });

  it('is logged and counted when it fails, and logged once', async () => {
    const lines: string[] = [];
    const log = createLog('info', { write: (line) => void lines.push(line) });
    const metrics = createMetrics(() => new Set());
    const book = bookOf({ 'templates/en/welcome.liquid': 'Subject: x\n\n{% if name %}Text{% endif %}' });
    const rules = { current: () => book, problems: () => [], remember: async () => undefined, stop: () => undefined };
    const styleFor = createStyleFor({ rules, metrics, log });
    for (const key of ['1', '2']) {
      const to = { address: 'mia@b.example', locale: 'en' };
      personMail({ kind: 'person', key, to, message: 'welcome', application: 'Portal' }, styleFor('acme', 'shop'));
    }
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({
        level: 'warn',
        template: 'templates/en/welcome.liquid',
        because: 'there is no text',
        msg: 'a template made no mail; the built-in text was sent',
      }),
    ]);
    expect(await metrics.registry.metrics()).toContain(
      'vestibule_mail_template_failures_total{template="templates/en/welcome.liquid"} 2',
    );
  });
});
