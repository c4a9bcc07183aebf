import { randomUUID } from 'node:crypto';

import { type AddressObject, simpleParser } from 'mailparser';

export interface StoredMail {
  readonly id: string;
  readonly receivedAt: string;
  /** Envelope recipients: who really gets it, whatever the headers say. */
  readonly recipients: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: string;
}

/** Keeps every message, newest first. */
export class Mailbox {
  #mails: StoredMail[] = [];

  async keep(raw: Buffer, recipients: readonly string[]): Promise<void> {
    const parsed = await simpleParser(raw);
    this.#mails.unshift({
      id: randomUUID(),
      receivedAt: new Date().toISOString(),
      recipients,
      from: addressText(parsed.from),
      to: addressText(parsed.to),
      subject: parsed.subject ?? '',
      text: parsed.text ?? '',
      html: parsed.html === false ? null : (parsed.html ?? null),
      headers: Object.fromEntries(
        parsed.headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(':') + 1).trim()]),
      ),
      raw: raw.toString('utf8'),
    });
  }

  list(to?: string | null): readonly StoredMail[] {
    const wanted = to?.toLowerCase();
    return wanted === undefined || wanted === ''
      ? this.#mails
      : this.#mails.filter(({ recipients }) => recipients.some((address) => address.toLowerCase() === wanted));
  }

  find(id: string): StoredMail | undefined {
    return this.#mails.find((mail) => mail.id === id);
  }

  clear(): void {
    this.#mails = [];
  }
}

function addressText(addresses: AddressObject | AddressObject[] | undefined): string {
  return [addresses ?? []]
    .flat()
    .map(({ text }) => text)
    .join(', ');
}
