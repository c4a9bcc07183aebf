import type { Approval } from '../../approvals/approval.ts';
import { ask } from '../../approvals/open.ts';
import { greeted } from '../../execute/greeted.ts';
import type { UserFacts } from '../../ingest/user.ts';
import { approvalRequestMail } from '../../messages/mail/approval-request.ts';
import { decidedMail } from '../../messages/mail/decided.ts';
import { digestMail } from '../../messages/mail/digest.ts';
import type { Mail } from '../../messages/mail/mail.ts';
import { personMail } from '../../messages/mail/person.ts';
import type { Asking } from '../../messages/mail/request.ts';
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

const colleague = 'anna.meyer@example.com';

/** In an approver's words. */
const reasons: Readonly<Record<Sample, string>> = {
  good: 'You are not on the list of our partners.',
  nasty: nastyText,
};

const people: Readonly<Record<Sample, UserFacts>> = {
  good: {
    username: 'mia',
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

const somewhere = 'https://vestibule.example';

/** @param message a key of `templateMessages` */
export function sampleMail(
  message: string,
  language: string,
  sample: Sample,
  client: SampleClient,
  style: MailStyle,
): Mail {
  const about = { language, sample, client, style };
  return templateMessages.get(message)?.to === 'approver' ? toApprover(message, about) : toPerson(message, about);
}

interface About {
  readonly language: string;
  readonly sample: Sample;
  readonly client: SampleClient;
  readonly style: MailStyle;
}

/** While these wait, the person can take the request back. */
const waiting: readonly string[] = ['pending', 'pending-open', 'verify'];

function toPerson(message: string, { language, sample, client: { file, clientId }, style }: About): Mail {
  const user = people[sample];
  const { usuallyWithin } = questionIn(file).request;
  const job = {
    kind: 'person',
    key: 'sample',
    to: { address: user.email ?? '', locale: language, ...greeted(user) },
    message,
    application: file.application ?? clientId,
    fate: { closed: message !== 'withdrawn', deleted: message === 'withdrawn' ? 'now' : 'never' },
    ...(message === 'rejected' ? { reason: reasons[sample] } : {}),
    ...(usuallyWithin === undefined ? {} : { usuallyWithin }),
  } as const;
  const link = style.link ?? `${somewhere}/the-application`;
  return personMail(
    job,
    { ...style, link },
    waiting.includes(message) ? `${somewhere}/withdraw/this-is-a-sample` : null,
  );
}

function toApprover(message: string, { language, sample, client, style }: About): Mail {
  const { rule, request } = questionIn(client.file);
  const user = withAttributes(people[sample], request, sample);
  const link = `${somewhere}/approvals/this-is-a-sample`;
  const approval = questionOf(client, language, rule, request);
  const entry = { approval, user, approver: 0, link, recent: { fromAddress: 3 } };
  switch (message) {
    case 'digest':
      return digestMail({ entries: [entry, { ...entry, user: people.good }], key: 'sample', style });
    case 'decided': {
      const vote = {
        approver: colleague,
        verdict: 'reject',
        at: now,
        ip: null,
        userAgent: null,
        reason: reasons[sample],
      } as const;
      return decidedMail({
        approval: { ...approval, state: 'rejected', votes: [vote], decidedAt: now },
        user,
        approver: 0,
        style,
      });
    }
    default: {
      const asking = message as Asking;
      return approvalRequestMail({ ...entry, reminder: asking === 'remind', asking, style });
    }
  }
}

function questionOf(
  { file, realm, clientId }: SampleClient,
  language: string,
  rule: AskingRule,
  request: ApprovalRequest,
): Approval {
  const approvers = ['approver@example.com', colleague];
  const asked = ask({
    context: {
      registration: {
        eventId: 'sample',
        time: now - hour,
        realm,
        clientId,
        userId: 'sample',
        ip: '192.0.2.7',
        source: 'form',
        username: 'sample',
        email: null,
        firstName: null,
        lastName: null,
        locale: language,
      },
      person: null,
      accountWasEnabled: true,
      application: file.application ?? clientId,
      rule: { file: rule.file, line: rule.line, rule: rule.name },
      version: 'sample',
      key: 'sample',
    },
    request,
    approvers: approvers.map((address) => ({ address, locale: language, zone: null })),
    now,
  });
  return { ...asked, handedOver: [{ from: 1, to: 0, at: now }] };
}

/** Each attribute that approvers see has a value. */
function withAttributes(user: UserFacts, { show = [], reason }: ApprovalRequest, sample: Sample): UserFacts {
  const names = [...show, ...(reason === undefined ? [] : [reason])];
  const value = sample === 'good' ? 'Example Ltd' : nastyText;
  return { ...user, attributes: Object.fromEntries(names.map((name) => [name, [value]])) };
}

type AskingRule = Pick<Rule, 'file' | 'line' | 'name'>;

/** The question that the file asks first; else one as a file could ask it. */
function questionIn(file: RuleFile): { readonly rule: AskingRule; readonly request: ApprovalRequest } {
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
