/** Where templates of mails lie in the rules folder. */
export const templateFolder = 'templates';

/** A mail is a few paragraphs. */
export const maxTemplateBytes = 16 * 1024;

/** Each is checked at each reload. */
export const maxTemplates = 1_000;

/** Files beside templates that nobody reads, but for notes. */
export function isStray(name: string): boolean {
  return name.startsWith(`${templateFolder}/`) && !/\.(?:liquid|ya?ml|md)$/.test(name) && /\.[^/]*$/.test(name);
}

export function isTemplate(name: string): boolean {
  return name.startsWith(`${templateFolder}/`) && name.endsWith('.liquid');
}
