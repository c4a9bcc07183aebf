import nodemailer from 'nodemailer';

import { smtpOptions } from '../../../adapters/mail/smtp-options.ts';
import { isLoopback } from '../../../platform/networks.ts';
import type { Probe } from '../diagnose.ts';
import { type MailFault, mailFindings, senderFindings } from '../mail.ts';

export interface MailProbeOptions {
  readonly url: string | undefined;
  readonly from: string | undefined;
  readonly allowPlaintext: boolean;
  readonly patienceMs: number;
}

/** Logs in and sends nothing. */
export function mailProbe({ url, from, allowPlaintext, patienceMs }: MailProbeOptions): Probe {
  return {
    name: 'mail',
    area: 'mail',
    async look(found) {
      found(...(from === undefined ? [] : senderFindings(from)));
      if (url === undefined) {
        return;
      }
      const server = new URL(url);
      const fault = await tried(url, patienceMs, allowPlaintext);
      const elsewhere = server.protocol === 'smtp:' && !isLoopback(server.hostname);
      const unsure = fault === null && elsewhere && allowPlaintext;
      const encrypted = unsure ? (await tried(url, patienceMs, false)) === null : null;
      found(...mailFindings({ url: server, fault, encrypted }));
    },
  };
}

async function tried(url: string, patienceMs: number, allowPlaintext: boolean): Promise<MailFault | null> {
  const transport = nodemailer.createTransport({
    ...smtpOptions({ url, allowPlaintext }),
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
  });
  try {
    await transport.verify();
    return null;
  } catch (cause) {
    const { code = 'no answer', message = '' } = cause as { code?: string; message?: string };
    return { code, message };
  } finally {
    transport.close();
  }
}
