import { createChat } from '../../workers/chat.ts';
import { createMail } from '../../workers/mail.ts';
import { createWebhooks } from '../../workers/webhooks.ts';
import { createChatSender } from '../adapters/chat/sender.ts';
import type { Keycloak } from '../adapters/keycloak/keycloak.ts';
import { createRecent } from '../adapters/keycloak/recent.ts';
import { createMailer, type Mailer } from '../adapters/mail/mailer.ts';
import { createDigestWindows } from '../adapters/redis/digest-windows.ts';
import { createWebhookCaller } from '../adapters/webhook/caller.ts';
import type { Approval } from '../approvals/approval.ts';
import type { Links } from '../approvals/links.ts';
import type { Shown } from '../approvals/shown.ts';
import type { WithdrawalLinks } from '../approvals/withdrawal-link.ts';
import type { UserFacts } from '../ingest/user.ts';
import { chatWebhooksIn } from '../platform/chat-webhooks.ts';
import type { Base } from './base.ts';
import { createStyleFor } from './mail-style.ts';
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

/** The workers that send mails, post to channels and call webhooks. In a dry run, what an earlier run left behind waits for its end. */
export async function startOutgoing(base: Base, start: StartWorker, parts: OutgoingParts): Promise<void> {
  const { config, now } = base;
  const { mailer } = parts;
  const allowPrivate = config.WEBHOOK_ALLOW_PRIVATE;
  const caller = await base.lifecycle.open(
    'webhooks',
    () => createWebhookCaller({ allowPrivate }),
    (made) => made.close(),
  );
  const { urls } = chatWebhooksIn(config.CHAT_WEBHOOKS?.reveal() ?? '');
  const chat = await base.lifecycle.open(
    'chat',
    () => createChatSender({ urls, allowPrivate, now }),
    (made) => made.close(),
  );
  if (config.DRY_RUN) {
    return;
  }
  const asking = askingDeps(base, parts);
  const styleFor = createStyleFor(base);
  const mail = createMail({
    ...asking,
    send: mailer.send,
    linkOf: parts.keycloak.linkOf,
    recentOf: createRecent({ events: parts.keycloak.events, now }),
    withdrawLink: (approval) => `${config.PUBLIC_URL}/withdraw/${parts.withdrawals.tokenFor(approval)}`,
    styleFor,
  });
  await start('mail', mail, 4);
  // A channel takes about one message a second.
  await start('chat', createChat({ ...asking, rules: () => base.rules.current(), post: chat.post.bind(chat) }), 2);
  const secret = config.WEBHOOK_SECRET?.reveal();
  if (secret !== undefined) {
    await start('webhooks', createWebhooks({ call: caller.call.bind(caller), secret, now }), 4);
  }
}

/** What the workers need that ask approvers, by whichever way. */
function askingDeps({ config, now }: Base, { storage, keycloak, links, shown }: OutgoingParts) {
  const { approvals, audit, jobs, queues, redis } = storage;
  return {
    approvals,
    users: keycloak.users,
    audit,
    jobs,
    windows: createDigestWindows(redis, config.REDIS_PREFIX, now),
    stateOf: queues.stateOf.bind(queues),
    linkFor(approval: Approval, approver: number, user: UserFacts | null) {
      const link = `${config.PUBLIC_URL}/approvals/${links.tokenFor(approval, approver)}`;
      return user === null ? link : `${link}?mailed=${shown.mark(approval, user)}`;
    },
    now,
  };
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
