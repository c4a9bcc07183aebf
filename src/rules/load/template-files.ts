/** Where templates of mails lie in the rules folder. */
export const templateFolder = 'templates';

/** A mail is a few paragraphs. */
export const maxTemplateBytes = 16 * 1024;

/** Each is checked at each reload. */
export const maxTemplates = 1_000;

export function isTemplate(name: string): boolean {
  return name.startsWith(`${templateFolder}/`) && name.endsWith('.liquid');
}
