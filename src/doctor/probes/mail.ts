import nodemailer from 'nodemailer';

import type { Probe } from '../diagnose.ts';
import { isNear } from '../hosts.ts';
import { type MailFault, mailFindings, senderFindings } from '../mail.ts';

export interface MailProbeOptions {
  readonly url: string | undefined;
  readonly from: string | undefined;
  readonly patienceMs: number;
}

/** Logs in and sends nothing. */
export function mailProbe({ url, from, patienceMs }: MailProbeOptions): Probe {
  return {
    name: 'mail',
    area: 'mail',
    async look(found) {
      found(...(from === undefined ? [] : senderFindings(from)));
      if (url === undefined) {
        return;
      }
      const server = new URL(url);
      const fault = await tried(url, patienceMs, false);
      const elsewhere = server.protocol === 'smtp:' && !isNear(server.hostname);
      const encrypted = fault === null && elsewhere ? (await tried(url, patienceMs, true)) === null : null;
      found(...mailFindings({ url: server, fault, encrypted }));
    },
  };
}

async function tried(url: string, patienceMs: number, requireTLS: boolean): Promise<MailFault | null> {
  const transport = nodemailer.createTransport({
    url,
    requireTLS,
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
