import { isUnderWay, type Trouble } from '../approvals/trouble.ts';
import type { ApprovalView } from '../approvals/voting.ts';
import { html, type Html } from '../messages/html.ts';
import type { Message } from '../messages/i18n/en.ts';
import { formatTime, type Language, type Translate } from '../messages/i18n/translate.ts';
import { oneLine } from '../platform/safe-text.ts';

/** What keeps an outcome from being done, for approvers; `null`: nothing does. */
export function troubleOf(
  { approval, zone, nonce, trouble }: ApprovalView,
  language: Language,
  t: Translate,
): Html | null {
  if (trouble.length === 0 || !isUnderWay(approval)) {
    return null;
  }
  const givenUp = trouble.some((one) => one.givenUp);
  return html`<div class="trouble ${givenUp ? 'given-up' : ''}" role="status">
    ${trouble.map((one) => html`<p>${lineOf(one, language, t, zone)}</p>`)}${givenUp ? again(nonce, t) : null}
  </div>`;
}

function lineOf(trouble: Trouble, language: Language, t: Translate, zone: string): string {
  const { since, attempts, givenUp } = trouble;
  const values = { what: troubleInWords(trouble, t), date: formatTime(language, since, zone), count: attempts };
  return t(givenUp ? 'trouble.given-up' : 'trouble.retrying', values);
}

const codes = {
  GROUP_MISSING: 'trouble.group-missing',
  ROLE_MISSING: 'trouble.role-missing',
  KEYCLOAK_UNAVAILABLE: 'trouble.keycloak-away',
  KEYCLOAK_FORBIDDEN: 'trouble.forbidden',
  KEYCLOAK_REFUSED: 'trouble.refused',
  AUDIT_UNAVAILABLE: 'trouble.audit',
  RULE_STOPPED: 'trouble.rule-stopped',
} as const satisfies Readonly<Record<string, Message>>;

const steps = {
  'join-group': 'trouble.step.group',
  'leave-group': 'trouble.step.group',
  'grant-role': 'trouble.step.role',
  'revoke-role': 'trouble.step.role',
  'set-user-attribute': 'trouble.step.attribute',
  'add-required-action': 'trouble.step.action',
  'remove-required-action': 'trouble.step.action',
  'enable-user': 'trouble.step.open',
  release: 'trouble.step.open',
  'disable-user': 'trouble.step.close',
  'log-out-user': 'trouble.step.close',
  'set-gate-state': 'trouble.step.close',
  'delete-user': 'trouble.step.delete',
  start: 'trouble.step.start',
} as const satisfies Readonly<Record<string, Message>>;

/** Why, as a sentence. What another system said is not in it. */
export function troubleInWords({ code, step, name }: Trouble, t: Translate): string {
  const label = oneLine(name ?? '', 100);
  const what = t(messageOf(steps, step) ?? 'trouble.step.message', { name: label });
  return t(messageOf(codes, code) ?? 'trouble.other', { name: label, what });
}

function messageOf(messages: Readonly<Record<string, Message>>, key: string): Message | undefined {
  return Object.hasOwn(messages, key) ? messages[key] : undefined;
}

function again(nonce: string, t: Translate): Html {
  return html`<form method="post">
    <input type="hidden" name="nonce" value="${nonce}" /><button class="again" name="decision" value="retry">
      ${t('trouble.again')}
    </button>
    <p class="note">${t('trouble.again.note')}</p>
  </form>`;
}
