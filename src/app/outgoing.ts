import { createMail } from '../../workers/mail.ts';
import { createWebhooks } from '../../workers/webhooks.ts';
import type { Keycloak } from '../adapters/keycloak/keycloak.ts';
import { createRecent } from '../adapters/keycloak/recent.ts';
import { createMailer, type Mailer } from '../adapters/mail/mailer.ts';
import { createWebhookCaller } from '../adapters/webhook/caller.ts';
import type { Links } from '../approvals/links.ts';
import type { Shown } from '../approvals/shown.ts';
import type { WithdrawalLinks } from '../approvals/withdrawal-link.ts';
import { createStyleFor } from './mail-style.ts';
import type { Base } from './base.ts';
import type { Storage } from './storage.ts';
import type { StartWorker } from './workers.ts';

export interface OutgoingParts {
  readonly storage: Storage;
  readonly keycloak: Keycloak;
  readonly links: Links;
  readonly shown: Shown;
  readonly withdrawals: WithdrawalLinks;
  readonly mailer: Mailer;
}

/** The workers that send mails and call webhooks. In a dry run, what an earlier run left behind waits for its end. */
export async function startOutgoing(base: Base, start: StartWorker, parts: OutgoingParts): Promise<void> {
  const { config, now } = base;
  const { mailer, links, shown } = parts;
  const caller = await base.lifecycle.open(
    'webhooks',
    () => createWebhookCaller({ allowPrivate: config.WEBHOOK_ALLOW_PRIVATE }),
    (made) => made.close(),
  );
  if (config.DRY_RUN) {
    return;
  }
  const { approvals, audit } = parts.storage;
  const mail = createMail({
    approvals,
    users: parts.keycloak.users,
    send: mailer.send,
    linkFor: (approval, approver, user) =>
      `${config.PUBLIC_URL}/approvals/${links.tokenFor(approval, approver)}?mailed=${shown.mark(approval, user)}`,
    linkOf: parts.keycloak.linkOf,
    recentOf: createRecent({ events: parts.keycloak.events, now }),
    withdrawLink: (approval) => `${config.PUBLIC_URL}/withdraw/${parts.withdrawals.tokenFor(approval)}`,
    styleFor: createStyleFor(base),
    audit,
    now,
  });
  await start('mail', mail, 4);
  const secret = config.WEBHOOK_SECRET?.reveal();
  if (secret !== undefined) {
    await start('webhooks', createWebhooks({ call: caller.call.bind(caller), secret, now }), 4);
  }
}

export function openMailer({ config, lifecycle }: Base): Promise<Mailer> {
  return lifecycle.open(
    'mail',
    () =>
      createMailer({
        url: config.SMTP_URL.reveal(),
        allowPlaintext: config.SMTP_ALLOW_PLAINTEXT,
        from: config.MAIL_FROM,
      }),
    (made) => made.close(),
  );
}
