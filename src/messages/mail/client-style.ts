import { choose } from '../../rules/decide/choose.ts';
import type { RuleBook } from '../../rules/model.ts';
import { type OnFailure, templatesFor } from '../templates/templates.ts';
import { type MailStyle, plainStyle } from './style.ts';

/** How the mails of a client look by the rules: by the file that decides about it. */
export function styleIn(book: RuleBook, realm: string, clientId: string, onFailure: OnFailure): MailStyle {
  const file = choose(book, realm, clientId);
  return {
    ...plainStyle,
    ...file?.mail,
    timeZone: file?.timeZone ?? null,
    templates: templatesFor(book, file?.file ?? null, onFailure),
  };
}
