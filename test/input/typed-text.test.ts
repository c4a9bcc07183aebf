import { describe, expect, it } from '@jest/globals';
import LinkifyIt from 'linkify-it';

import { createMetrics } from '../../src/app/metrics.ts';
import { ask } from '../../src/approvals/open.ts';
import type { ApprovalView } from '../../src/approvals/voting.ts';
import { approvalPage } from '../../src/http/pages.ts';
import { namedOf } from '../../src/http/shown-names.ts';
import type { UserFacts } from '../../src/ingest/user.ts';
import { approvalRequestMail } from '../../src/messages/mail/approval-request.ts';
import { notifyMail } from '../../src/messages/mail/operators.ts';
import { personMail } from '../../src/messages/mail/person.ts';
import { webhookMessage } from '../../src/messages/webhook.ts';
import { createLog } from '../../src/platform/log.ts';
import { main } from '../../src/cli/main.ts';
import { fakeIo, folder } from '../cli/io.ts';
import { sample } from '../events/read.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';
import type { Category } from './support/categories.ts';
import { tryAll } from './support/cases.ts';
import { formulas, hostileTexts, naughtyStrings } from './support/corpora.ts';

const corpora: readonly [Category, typeof naughtyStrings][] = [
  ['D', [...naughtyStrings, ...hostileTexts]],
  ['F', formulas],
];

const link = 'https://vestibule.acme.com/approvals/k.token';
const ordinary: UserFacts = {
  username: 'mia',
  email: 'mia@example.test',
  emailVerified: false,
  enabled: false,
  createdAt: 0,
  firstName: 'Mia',
  lastName: 'Meyer',
  locale: null,
  attributes: {},
};
const fields = ['username', 'email', 'firstName', 'lastName', 'locale'] as const;

/** Each field of a person with each text. */
function* people(texts: typeof naughtyStrings): Generator<readonly [string, UserFacts]> {
  for (const [name, text] of texts) {
    for (const field of fields) {
      yield [`${field}: ${name}`, { ...ordinary, [field]: text }];
    }
  }
}

const approval = ask({ context, request: requestOf(), approvers: ['desk@acme.com'], now: registeredAt });

function asked(user: UserFacts) {
  return approvalRequestMail({ approval, user, approver: 0, link, reminder: false });
}

function shown(user: UserFacts): string {
  const view: ApprovalView = {
    approval,
    approver: 'desk@acme.com',
    zone: 'UTC',
    person: { kind: 'here', user, stays: null, own: false },
    shown: 'digest',
    recorded: true,
    trouble: [],
    nonce: 'nonce',
  };
  return approvalPage(view, { language: 'en', named: namedOf(user) });
}

/** All tags with their attributes: what a person types must never change these, but for the warning of mixed alphabets. */
function tagsOf(markup: string): string {
  return (markup.match(/<[a-z!/][^>]*>/gi) ?? []).join('');
}

const ordinarySubject =
  /^(?:[\w.+-]+@[a-z0-9.-]+ wants to join Partner Portal|Somebody wants to join Partner Portal \(request [0-9a-f]{6}\))$/i;
/** A name in our own sentence, kept from turning it. */
const isolated = /\u2068([^\u2066-\u2069]{1,80})\u2069/gu;
const mixed = /mixes letters/;
/** What no output may hold, whatever was typed: control characters but line breaks of ours, and turned text. */
const harmful = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;
/** As greedy as a mail program can be. */
const linksIn = (text: string) => (linkify.match(text) ?? []).map(({ url }) => url);
const linkify = new LinkifyIt({}, { fuzzyIP: true, fuzzyLink: true, fuzzyEmail: false });

describe.each(corpora)('bad input %s: what a person typed', (category, texts) => {
  it('is text in the mail that asks approvers, in both parts, and in the subject only as an ordinary address', () => {
    const plain = asked(ordinary);
    return tryAll(category, people(texts), (user) => {
      const mail = asked(user);
      expect(mail.subject).toMatch(ordinarySubject);
      expect(`${mail.text}${mail.html}`.replaceAll(isolated, '$1')).not.toMatch(harmful);
      expect(linksIn(mail.text)).toEqual(linksIn(plain.text));
      if (!mixed.test(mail.text)) {
        expect(mail.text.split('\n').length).toBe(plain.text.split('\n').length);
        expect(tagsOf(mail.html)).toBe(tagsOf(plain.html));
      }
      expect(mail.text.length).toBeLessThan(plain.text.length + 1_500);
    });
  });

  it('is text on the page for approvers', () => {
    const plain = shown(ordinary);
    return tryAll(category, people(texts), (user) => {
      const page = shown(user);
      expect(page).not.toMatch(harmful);
      if (!mixed.test(page)) {
        expect(tagsOf(page)).toBe(tagsOf(plain));
      }
      expect(page.length).toBeLessThan(plain.length + 3_000);
    });
  });

  it('chooses no more than one of our languages for the mail to the person', () =>
    tryAll(category, texts, (locale) => {
      const to = { address: 'a@b.c', locale };
      const { subject, html } = personMail({ kind: 'person', key: 'k', to, message: 'welcome', application: 'Blog' });
      expect(html).toMatch(/<html lang="(en|de|fr)">/);
      expect(subject).not.toMatch(harmful);
    }));

  it('is text in the mail to administrators, and one line of JSON in a webhook', () =>
    tryAll(category, texts, (typed) => {
      const about = {
        eventId: 'e',
        registeredAt,
        realm: 'acme',
        clientId: typed,
        userId: 'u',
        source: `broker:${typed}`,
        application: 'Blog',
        rule: 'spike',
      };
      const { subject, text, html } = notifyMail({
        kind: 'notify',
        key: 'k',
        to: 'ops@acme.com',
        subject: null,
        about,
      });
      expect(subject).toBe('Registration for Blog: spike');
      expect(`${text}${html}`).not.toMatch(harmful);
      expect(text.split('\n')).toHaveLength(8);
      expect(linksIn(text)).toEqual([]);
      const { body, headers } = webhookMessage(
        { kind: 'registration', key: 'k', url: 'https://crm.test', about } as never,
        'whsec_c2VjcmV0',
        0,
      );
      expect(JSON.parse(body).data.clientId.length).toBe(typed.length);
      expect(Object.values(headers).join('')).not.toMatch(/[\r\n]/);
      expect(body).not.toContain('\n');
    }));

  it('is one line of JSON in the log, short, and nothing that a terminal obeys', () =>
    tryAll(category, texts, (typed) => {
      const lines: string[] = [];
      const log = createLog('debug', { write: (line: string) => void lines.push(line) });
      log.warn({ realm: typed, clientId: typed, because: [typed], err: new Error(typed) }, 'something');
      expect(lines).toHaveLength(1);
      const [line = ''] = lines;
      expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      expect(line.length).toBeLessThan(20_000);
      expect(JSON.parse(line)).toMatchObject({ level: 'warn', msg: 'something' });
      if (typed.length < 500) {
        expect(JSON.parse(line).clientId).toBe(typed);
      }
    }));

  it('breaks no line of the metrics, and makes no series of its own for a client', async () => {
    const metrics = createMetrics(() => new Set(['blog']));
    await tryAll(category, texts, (typed) => {
      metrics.lockedOut({ realm: 'acme', clientId: typed }, 5);
      metrics.refused(typed.slice(0, 255), 'age');
    });
    const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of lines) {
      expect(line).toMatch(/^vestibule_\w+(?:\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*\})? [\d.e+-]+$/);
    }
    expect(new Set(lines.map((line) => /client="([^"]*)"/.exec(line)?.[1]))).toEqual(new Set([undefined, 'other']));
  });

  it('does nothing to the terminal of an operator who asks explain', async () => {
    const rules = await folder({
      'a.yaml': `version: 1
realm: "*"
clients: "*"
rules:
  - name: one
    when:
      any:
        - username: nobody
        - email: nobody@acme.com
        - email-domain: acme.com
        - locale: xx
        - source: form
        - ip: 10.0.0.0/8
        - attribute: { name: team, value: red }
    then: [disable-user]
`,
    });
    const event = sample('kafka-REGISTER.form');
    const some = texts.filter(([, text]) => text.length < 1_000 && text !== '');
    await tryAll(category, some, async (typed) => {
      const details = { register_method: typed, username: typed, email: typed, first_name: typed, locale: typed };
      const { io, out, err } = fakeIo({
        stdin: JSON.stringify({
          ...event,
          clientId: typed,
          realmName: `r${typed.replaceAll(/[\p{Cc}\p{Cs}]/gu, '')}`.slice(0, 255),
          details,
        }),
      });
      const code = await main(['explain', '--rules', rules, '--event', '-'], io);
      expect(`${out()}${err()}`).not.toMatch(harmful);
      expect(code).toBeLessThan(2);
    });
  });
});
