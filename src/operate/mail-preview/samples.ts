import { ask } from '../../approvals/open.ts';
import type { UserFacts } from '../../ingest/user.ts';
import { approvalRequestMail } from '../../messages/mail/approval-request.ts';
import type { Mail } from '../../messages/mail/mail.ts';
import { personMail } from '../../messages/mail/person.ts';
import type { MailStyle } from '../../messages/mail/style.ts';
import { templateMessages } from '../../messages/templates/messages.ts';
import type { ApprovalRequest, Rule, RuleFile } from '../../rules/model.ts';

/** `good`: what people usually type. `nasty`: what they type to break or to fool. */
export const samples = ['good', 'nasty'] as const;
export type Sample = (typeof samples)[number];

/** One client of a rule file, whose mails are shown. */
export interface SampleClient {
  readonly file: RuleFile;
  readonly realm: string;
  readonly clientId: string;
}

/** The same on each call, so that what is written can be compared. */
const now = Date.parse('2026-11-24T10:00:00Z');
const hour = 3_600_000;

const nastyText =
  '{{ button }} <script>alert(1)</script> https://evil.example \r\n\r\nSubject: you won \u202egnp.exe 😀';

const people: Readonly<Record<Sample, UserFacts>> = {
  good: {
    username: 'mia.schmidt',
    email: 'mia.schmidt@example.com',
    emailVerified: true,
    enabled: false,
    createdAt: now,
    firstName: 'Mia',
    lastName: 'Schmidt',
    locale: null,
    attributes: {},
  },
  nasty: {
    username: 'www.evil.example/login?user=admin',
    email: '"><img src=x onerror=alert(1)>@evil.example',
    emailVerified: false,
    enabled: false,
    createdAt: now,
    firstName: nastyText,
    lastName: `Pаypal ${'W'.repeat(300)}`,
    locale: null,
    attributes: {},
  },
};

/** @param message a key of `templateMessages` */
export function sampleMail(
  message: string,
  language: string,
  sample: Sample,
  client: SampleClient,
  style: MailStyle,
): Mail {
  return templateMessages.get(message)?.to === 'approver'
    ? toApprover(message, language, sample, client, style)
    : toPerson(message, language, sample, client, style);
}

function toPerson(
  message: string,
  language: string,
  sample: Sample,
  { file, clientId }: SampleClient,
  style: MailStyle,
): Mail {
  const { email } = people[sample];
  const application = file.application ?? clientId;
  const to = { address: email ?? '', locale: language };
  return personMail(
    { kind: 'person', key: 'sample', to, message, application, fate: { closed: true, deleted: 'never' } },
    style,
  );
}

function toApprover(message: string, language: string, sample: Sample, client: SampleClient, style: MailStyle): Mail {
  const { rule, request } = questionIn(client.file);
  const approver = 'approver@example.com';
  const user = withAttributes(people[sample], request, sample);
  const approval = ask({
    context: {
      registration: {
        eventId: 'sample',
        time: now - hour,
        realm: client.realm,
        clientId: client.clientId,
        userId: 'sample',
        ip: '192.0.2.7',
        source: 'form',
        username: user.username,
        email: user.email,
        firstName: user.firstName,
        lastName: user.lastName,
        locale: language,
      },
      person: null,
      accountWasEnabled: true,
      application: client.file.application ?? client.clientId,
      rule: { file: rule.file, line: rule.line, rule: rule.name },
      version: 'sample',
      key: 'sample',
    },
    request,
    approvers: [{ address: approver, locale: language, zone: null }],
    now,
  });
  const link = 'https://vestibule.example/approvals/this-is-a-sample';
  return approvalRequestMail({ approval, user, approver: 0, link, reminder: message === 'reminder', style });
}

/** Each attribute that approvers see has a value. */
function withAttributes(user: UserFacts, { show = [], reason }: ApprovalRequest, sample: Sample): UserFacts {
  const names = [...show, ...(reason === undefined ? [] : [reason])];
  const value = sample === 'good' ? 'Example Ltd' : nastyText;
  return { ...user, attributes: Object.fromEntries(names.map((name) => [name, [value]])) };
}

/** The question that the file asks first; else one as a file could ask it. */
function questionIn(file: RuleFile): {
  readonly rule: Pick<Rule, 'file' | 'line' | 'name'>;
  readonly request: ApprovalRequest;
} {
  for (const rule of file.rules) {
    for (const step of rule.then) {
      if (step.uses === 'request-approval') {
        return { rule, request: step.with };
      }
    }
  }
  const nothing = { approved: [], rejected: [], expired: [] };
  const request: ApprovalRequest = {
    approvers: [],
    need: 1,
    hold: 'account',
    waitFor: null,
    remindAfter: null,
    expireAfter: 168 * hour,
    ...nothing,
  };
  return { rule: { file: file.file, line: 1, name: 'a rule that asks for approval' }, request };
}
