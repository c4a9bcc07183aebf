import { htmlOf } from './layout.ts';
import type { Letter } from './letter.ts';
import type { Mail } from './mail.ts';
import { plainStyle } from './style.ts';
import { overridden } from '../templates/overridden.ts';
import { textOf } from './text.ts';

/** The mail that a letter makes. @param key as of `Mail` @param follows as of `Mail` */
export function mailOf(built: Letter, key: string, follows?: string): Mail {
  const letter = overridden(built);
  const { from, replyTo, logo } = letter.style ?? plainStyle;
  return {
    subject: letter.subject,
    text: textOf(letter),
    html: htmlOf(letter),
    key,
    ...(follows === undefined ? {} : { follows }),
    ...(from === null ? {} : { from }),
    ...(replyTo === null ? {} : { replyTo }),
    ...(logo === null ? {} : { logo }),
  };
}
