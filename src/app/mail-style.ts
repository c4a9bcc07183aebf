import { styleIn } from '../messages/mail/client-style.ts';
import type { MailStyle } from '../messages/mail/style.ts';
import { createRepeats } from '../platform/repeats.ts';
import type { Base } from './base.ts';

/** How the mails of a client look by the rules in force. A template that fails is counted and told. */
export function createStyleFor({
  rules,
  metrics,
  log,
}: Pick<Base, 'rules' | 'metrics' | 'log'>): (realm: string, clientId: string) => MailStyle {
  const repeats = createRepeats();
  const failed = (template: string, because: string): void => {
    metrics.templateFailed(template);
    const told = repeats(template);
    if (told !== null) {
      log.warn({ template, because, ...told }, 'a template made no mail; the built-in text was sent');
    }
  };
  return (realm, clientId) => styleIn(rules.current(), realm, clientId, failed);
}
