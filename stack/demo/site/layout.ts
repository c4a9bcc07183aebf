import { html, type Html } from '../../../src/messages/html.ts';

/** What every page of the demo has around it. */
export function page(title: string, body: Html, { refresh = false } = {}): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        ${refresh ? html`<meta http-equiv="refresh" content="3" />` : null}
        <title>${title}</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`.markup;
}
