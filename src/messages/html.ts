/** Markup that is safe to put into markup. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }

  toString(): string {
    return this.markup;
  }
}

type Value = string | number | Html | null | readonly (Html | null)[];

/** Builds markup; every value that is not markup itself is escaped. `null` leaves nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const render = (value: Value | undefined): string => {
    if (value === null || value === undefined) {
      return '';
    }
    if (value instanceof Html) {
      return value.markup;
    }
    return typeof value === 'object' ? value.map(render).join('') : escape(String(value));
  };
  return new Html(strings.map((part, index) => part + render(values[index])).join(''));
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
