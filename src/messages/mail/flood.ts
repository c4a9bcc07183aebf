import type { FloodJob } from '../../jobs/questions.ts';
import { oneLine } from '../../platform/safe-text.ts';
import { mailOf } from './compose.ts';
import type { Block } from './letter.ts';
import type { Mail } from './mail.ts';

/** Tells operators that a rule asks approvers about very many people. */
export function floodMail({ key, flood, limit }: FloodJob): Mail {
  const title = oneLine(`Vestibule: very many people wait because of the rule "${flood.rule}"`, 150);
  const facts = Object.entries({
    Rule: flood.rule,
    File: flood.file,
    Realm: flood.realm,
    Noticed: `${new Date(flood.at).toISOString().slice(0, 19)}Z`,
    Limit: `${limit} people per hour (FLOOD_ALARM_PER_HOUR)`,
  }).map(([label, value]) => ({ label, value: oneLine(value) }));
  const what =
    'The rule has asked approvers about more people within an hour than usual. It goes on asking. Nobody is let in by this, and nobody is lost.';
  const remedy =
    'Look whether these are people or a program. Against a program, limit registrations at the gateway, or refuse them by a rule. Against many mails, set "digest" in the rule. The next alarm about this rule comes in an hour at the earliest.';
  const blocks: readonly Block[] = [
    { kind: 'text', text: what },
    { kind: 'facts', facts },
    { kind: 'text', text: remedy },
  ];
  return mailOf({ language: 'en', subject: title, blocks, footer: null }, key);
}
