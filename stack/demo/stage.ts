import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import type { Diary } from './diary.ts';
import type { DemoService } from './service.ts';

/** What the walk-through happens on. */
export interface Stage {
  readonly keycloakUrl: string;
  readonly inboxUrl: string;
  readonly siteUrl: string;
  readonly realm: string;
  readonly admin: KeycloakAdminClient;
  readonly service: DemoService;
  readonly diary: Diary;
}

export interface Mail {
  readonly id: string;
  readonly subject: string;
  readonly text: string;
}

const read = new Set<string>();

/** Waits for a mail that this demo has not read yet. */
export async function mailTo({ inboxUrl }: Stage, to: string, subject: string): Promise<Mail> {
  return until(`a mail "${subject}" to ${to}`, async () => {
    const mails = (await (await fetch(`${inboxUrl}/api/messages?to=${encodeURIComponent(to)}`)).json()) as Mail[];
    const found = mails.find((mail) => !read.has(mail.id) && mail.subject.includes(subject));
    if (found !== undefined) {
      read.add(found.id);
    }
    return found ?? null;
  });
}

/** Asks until there is an answer. @throws when there is none within half a minute */
export async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) {
      return answer;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not after 30 s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
