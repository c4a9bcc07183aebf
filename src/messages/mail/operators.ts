import type { MailJob } from '../../jobs/payloads.ts';
import { oneLine } from '../../platform/safe-text.ts';
import { mailOf } from './compose.ts';
import type { Block } from './letter.ts';
import type { Mail } from './mail.ts';

/** Tells administrators, in ids. */
export function notifyMail({ key, subject, about }: Extract<MailJob, { kind: 'notify' }>): Mail {
  const title = oneLine(subject ?? `Registration for ${about.application}: ${about.rule}`, 150);
  const facts = Object.entries({
    Rule: about.rule,
    Realm: about.realm,
    Client: about.clientId,
    User: about.userId,
    Event: about.eventId,
    Source: about.source,
    Registered: utc(about.registeredAt),
  }).map(([label, value]) => ({ label, value: oneLine(value) }));
  return mailOf({ language: 'en', subject: title, blocks: [{ kind: 'facts', facts }], footer: null }, `notify-${key}`);
}

/** To the second, and without a dot. */
function utc(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** Tells operators that a rule has reached its limit. */
export function ruleStoppedMail({ key, stopped, limit }: Extract<MailJob, { kind: 'rule-stopped' }>): Mail {
  const title = oneLine(`Vestibule has stopped the rule "${stopped.rule}"`, 150);
  const facts = Object.entries({
    Rule: stopped.rule,
    File: stopped.file,
    Realm: stopped.realm,
    Stopped: utc(stopped.at),
    Limit: `${limit} people per minute (LOCKOUT_LIMIT_PER_MINUTE)`,
  }).map(([label, value]) => ({ label, value: oneLine(value) }));
  const what =
    'The rule would disable or delete more people per minute than it may. Until somebody acts it deletes nobody, and disables only who has just registered; the rest waits, and nothing is lost.';
  const remedy =
    'Look whether these people should go. If the rule is wrong, correct its file: what waits is then decided anew. If it is right, set a higher limit and restart.';
  const blocks: readonly Block[] = [
    { kind: 'text', text: what },
    { kind: 'facts', facts },
    { kind: 'text', text: remedy },
  ];
  return mailOf({ language: 'en', subject: title, blocks, footer: null }, key);
}
