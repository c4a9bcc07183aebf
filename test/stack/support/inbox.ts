import { stackEnv } from './realm.ts';
import { until } from './until.ts';

export interface ReceivedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly recipients: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

export async function mailsTo(address: string): Promise<readonly ReceivedMail[]> {
  const response = await fetch(`${stackEnv.MAIL_INBOX_URL}/api/messages?to=${encodeURIComponent(address)}`);
  return (await response.json()) as ReceivedMail[];
}

/** The first mail to an address whose subject has these words. */
export async function mailTo(address: string, subject: string): Promise<ReceivedMail> {
  const mails = await until(
    `a mail "${subject}" to ${address}`,
    () => mailsTo(address),
    (all) => all.some((mail) => mail.subject.includes(subject)),
  );
  const found = mails.find((mail) => mail.subject.includes(subject));
  if (found === undefined) {
    throw new Error('unreachable');
  }
  return found;
}

/** The link in the first mail that asks an approver about somebody, by user name. */
export async function linkAbout(username: string, approver: string, withinMs?: number): Promise<string> {
  const mails = await until(
    `a mail about ${username}`,
    async () => (await mailsTo(approver)).filter(({ text }) => text.includes(`User name: ${username}\n`)),
    (found) => found.length > 0,
    withinMs,
  );
  return linkIn(mails[0] as ReceivedMail);
}

export function linkIn({ text }: ReceivedMail): string {
  const links = text.match(/https?:\/\/\S+/g) ?? [];
  if (links.length !== 1 || links[0] === undefined) {
    throw new Error(`a mail must hold one link, not ${links.length}`);
  }
  return links[0];
}
