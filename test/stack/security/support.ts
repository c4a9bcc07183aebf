import type { Page } from 'playwright-core';

import { mailsTo, type ReceivedMail } from '../support/inbox.ts';
import type { TestService } from '../support/service.ts';
import { until } from '../support/until.ts';

export type Verdict = 'approve' | 'reject';

/** The link of an approver in a mail: it is known by its address, whatever the mail says. */
export function approvalLink(
  { text }: Pick<ReceivedMail, 'text'>,
  { url }: Pick<TestService, 'url'>,
): string | undefined {
  return text
    .match(/https?:\/\/\S+\/approvals\/[\w.-]+(?:\?[\w.=&-]*)?(?=\s|$)/g)
    ?.find((link) => link.startsWith(`${url}/approvals/`));
}

/** The link in the mail to an approver that names somebody. */
export async function linkFor(service: TestService, approver: string, username: string): Promise<string> {
  const links = await until(
    `a mail to ${approver} about ${username}`,
    async () =>
      (await mailsTo(approver))
        .filter(({ text }) => text.includes(username))
        .flatMap((mail) => approvalLink(mail, service) ?? []),
    ({ length }) => length > 0,
    30_000,
  );
  return links[0] ?? '';
}

export const button = (page: Page, verdict: Verdict) => page.locator(`button[name=decision][value=${verdict}]`);

/** Presses a button, once more where the page asks whether that is meant. @returns the status of the answer */
export async function pressIn(page: Page, verdict: Verdict): Promise<number> {
  const closed = page.locator(`details:not([open]):has(button[value=${verdict}]) > summary`);
  if ((await closed.count()) > 0) {
    await closed.first().click();
  }
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    button(page, verdict).first().click(),
  ]);
  await page.waitForLoadState();
  return answer.status() === 200 && (await button(page, verdict).count()) > 0
    ? pressIn(page, verdict)
    : answer.status();
}

/** What the audit has about somebody. */
export const auditOf = (services: readonly TestService[], userId: string) =>
  services.flatMap(({ log }) => log.filter((line) => line['msg'] === 'audit' && line['userId'] === userId));
