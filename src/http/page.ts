import { html, type Html } from '../messages/html.ts';
import type { Language } from '../messages/i18n/translate.ts';

export interface PageParts {
  readonly language: Language;
  /** In the tab and the history of the browser. */
  readonly title: string;
  /** At the top of the page; the title where it is not given. */
  readonly heading?: string | Html;
  readonly body: Html | readonly (Html | null)[];
}

/** A page for people. No script, nothing fetched but the style. */
export function page({ language, title, heading = title, body }: PageParts): string {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>${title}</title>
        <link rel="stylesheet" href="/assets/style.css" />
      </head>
      <body>
        <main>
          <h1>${heading}</h1>
          ${body}
        </main>
      </body>
    </html>`.markup;
}

/** What a reader must not miss. Screen readers read it out at once. */
export function alert(text: string): Html {
  return html`<p class="alert" role="alert">${text}</p>`;
}

/** How things stand. @param kind a class of the style: a state of the approval, or a name of its own */
export function outcome(kind: string, text: string): Html {
  return html`<p class="outcome ${kind}" role="status">${text}</p>`;
}
