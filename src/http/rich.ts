import { html, type Html } from '../messages/html.ts';

/**
 * Fills names that people typed into a text with `{name}` in it, as `Translate` leaves what it has no value for. Their
 * direction of writing ends where they end.
 */
export function withNames(text: string, names: Readonly<Record<string, string>>): Html {
  const parts = text.split(/\{(\w+)\}/);
  return html`${parts.map((part, index) => (index % 2 === 0 ? html`${part}` : html`<bdi>${names[part] ?? ''}</bdi>`))}`;
}
