import type { Reviewed, UnsentMail } from '../../approvals/review.ts';
import type { Trouble } from '../../approvals/trouble.ts';
import { masked } from '../../platform/masked.ts';
import { type Paint, plain } from '../../platform/paint.ts';
import { oneLine } from '../../platform/safe-text.ts';
import { counted } from '../jobs/print.ts';
import type { People } from '../people.ts';

/** How much of people an operator asked for. */
export interface Naming {
  readonly people: People;
  /** Addresses of approvers in full. */
  readonly names: boolean;
}

export function requestAsText({ approval, standing, trouble, unsent }: Reviewed, naming: Naming, paint: Paint = plain) {
  const { id, realm, clientId, rule, askedAt, expiresAt, need, decidedAt, state } = approval;
  const urgent = standing === 'given-up' || standing === 'not-told';
  const who = approval.approvers.map((address) => called(address, naming)).join(', ');
  const yes = approval.votes.filter(({ verdict }) => verdict === 'approve').length;
  const by = approval.votes.map(({ approver }) => called(approver, naming)).join(', ');
  const how =
    state === 'waiting'
      ? `asked ${time(askedAt)}, until ${time(expiresAt)}: ${yes} of ${need} votes; asked are ${who}`
      : `${state} ${time(decidedAt ?? expiresAt)}${by === '' ? '' : ` by ${by}`}`;
  return [
    `${paint(urgent ? 'red' : 'bold', standing)} ${id}`,
    `  ${naming.people.call(approval)} of realm ${realm}, client ${oneLine(clientId)}`,
    `  ${how} (${rule.file}:${rule.line} "${oneLine(rule.rule)}")`,
    ...trouble.map((one) => `  ${troubleAsText(one)}`),
    ...unsent.map((mail) => `  ${mailAsText(mail, approval.approvers, naming)}`),
    '',
  ].join('\n');
}

export function troubleAsText({ step, name, code, since, attempts, givenUp }: Trouble): string {
  const what = `${step}${name === null ? '' : ` ${oneLine(name)}`}`;
  return `${what}: ${code}, ${counted(attempts, 'attempt')} since ${time(since)}, ${givenUp ? 'given up' : 'tried again'}`;
}

function mailAsText({ to, code, at, job }: UnsentMail, approvers: readonly string[], naming: Naming): string {
  const whom = to === 'person' ? 'the person' : `the approver ${called(approvers[to] ?? '', naming)}`;
  return `the mail to ${whom} was not sent: ${code}, given up ${time(at)} (${job})`;
}

export function requestAsJson({ approval, standing, trouble, unsent }: Reviewed, naming: Naming): object {
  const { id, state, settled, realm, clientId, userId, eventId, application, rule, version, need, hold } = approval;
  return {
    id,
    standing,
    state,
    settled,
    realm,
    clientId,
    application,
    userId,
    eventId,
    person: naming.people.call(approval),
    rule,
    version,
    hold,
    need,
    askedAt: time(approval.askedAt),
    expiresAt: time(approval.expiresAt),
    decidedAt: approval.decidedAt === null ? null : time(approval.decidedAt),
    approvers: approval.approvers.map((address) => called(address, naming)),
    votes: approval.votes.map(({ approver, verdict, at }) => ({
      approver: called(approver, naming),
      verdict,
      at: time(at),
    })),
    trouble: trouble.map((one) => ({ ...one, since: time(one.since) })),
    unsent: unsent.map(({ to, code, at, job }) => ({ to, code, at: time(at), job })),
  };
}

function called(address: string, { names }: Naming): string {
  return oneLine(names ? address : masked(address));
}

function time(at: number): string {
  return new Date(at).toISOString();
}
