import type { Node } from 'yaml';
import { z } from 'zod';

import { text } from '../conditions/operands.ts';
import type { LogoImage, MailLook } from '../model.ts';
import { mailAddress } from '../steps/notify.ts';
import { maxLogoBytes } from './logo.ts';
import { readOperand } from './operand.ts';
import type { Reading } from './reading.ts';
import { type Entry, nodeAt, plain } from './yaml-document.ts';

/** An address, or a name with an address. A name with signs that mail headers give a meaning to stands in quotes. */
const sender = text.superRefine((given, context) => {
  const [, quoted, bare, address = given] = /^(?:"([^"\\]+)"|([^"\\]*[^"\\\s])) <([^<>]*)>$/.exec(given) ?? [];
  if (!mailAddress.safeParse(address).success) {
    const message = 'must be a mail address, or a name with one, such as Partner desk <desk@acme.com>';
    context.addIssue({ code: 'custom', message });
  } else if (quoted === undefined && /[,;:()<>@[\]]/.test(bare ?? '')) {
    const remedy = `write '"${bare}" <${address}>'`;
    context.addIssue({ code: 'custom', message: 'must have its name in quotes', params: { remedy } });
  }
});

const httpsLink = text.superRefine((given, context) => {
  const remedy = remedyOfLink(given);
  if (remedy !== null) {
    context.addIssue({ code: 'custom', message: 'must be an https link', params: { remedy } });
  }
});

const contact = text.superRefine((given, context) => {
  const remedy = remedyOfLink(given);
  if (remedy !== null && !mailAddress.safeParse(given).success) {
    const message = 'must be a mail address or an https link';
    context.addIssue({ code: 'custom', message, params: { remedy } });
  }
});

/** @returns `null` where it is an https link */
function remedyOfLink(given: string): string | null {
  if (/^https:\/\/[^\s@/?#"<>]+(?:[/?#][^\s"<>]*)?$/.test(given) && URL.canParse(given)) {
    return null;
  }
  return /^http:/i.test(given) ? 'anybody on the way can change what people see there over http' : '';
}

const colorForm = 'must be a colour such as "#0b6b3a", in quotes';
const color = z
  .string({ error: `${colorForm}: without them, YAML takes it for a comment` })
  .transform((given, context) => {
    if (!/^#[0-9a-f]{6}$/i.test(given)) {
      const [, short] = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(given) ?? [];
      const digits = short?.length === 3 ? short.replaceAll(/./g, '$&$&') : short;
      const remedy = digits === undefined ? '' : `write "#${digits}"`;
      context.addIssue({ code: 'custom', message: colorForm, params: { remedy } });
    }
    return given.toLowerCase();
  });

/** What stands under the key `mail`. */
export const mailLook = z.strictObject({
  from: sender
    .optional()
    .describe(
      'The sender, such as `Partner desk <desk@acme.com>`. By default `MAIL_FROM`. The mail server must be allowed to send mail of that domain.',
    ),
  'reply-to': mailAddress.optional().describe('The mail address that gets the answers.'),
  contact: contact.optional().describe('Where a person who has a question can ask: a mail address or an https link.'),
  color: color
    .optional()
    .describe('The colour of buttons, such as `"#0b6b3a"`. Their text is black or white, whichever is easier to read.'),
  logo: text
    .optional()
    .describe(
      `The path of an image in the rules folder: PNG or JPEG, at most ${maxLogoBytes / 1024} KiB. It is sent with the mail, so that nothing is fetched.`,
    ),
  link: httpsLink
    .optional()
    .describe('An https link to the application. By default the base URL of the client in Keycloak.'),
});

export const mailExample = {
  from: 'Partner desk <desk@acme.com>',
  'reply-to': 'desk@acme.com',
  contact: 'desk@acme.com',
  color: '#0b6b3a',
  link: 'https://partners.acme.com',
} as const;

export function readMailLook(reading: Reading, entry: Entry): MailLook | null {
  const { value: node, keyNode } = entry;
  const given = plain(node);
  const read = readOperand(reading, mailLook, { node, keyNode, place: 'mail', given });
  if (read === null) {
    return null;
  }
  const { from, 'reply-to': replyTo, contact, color, logo: path, link } = read;
  const logo = path === undefined ? null : logoAt(reading, path, nodeAt(node, ['logo']));
  return {
    ...(from === undefined ? {} : { from }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(contact === undefined ? {} : { contact }),
    ...(color === undefined ? {} : { color }),
    ...(logo ? { logo } : {}),
    ...(link === undefined ? {} : { link }),
  };
}

function logoAt({ report, readLogo }: Reading, path: string, node: Node | null): LogoImage | null {
  const logo = readLogo(path);
  if ('problem' in logo) {
    report.add(node, `mail.logo: ${logo.problem}`, logo.remedy ?? '');
    return null;
  }
  return logo;
}
