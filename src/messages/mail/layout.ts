import { harmless } from '../facts.ts';
import { html, type Html } from '../html.ts';
import type { Block, Letter } from './letter.ts';

/** On the button itself as well, for mail programs that take the style sheet away. */
const button =
  'display:inline-block;background:#1a56c4;color:#fff;text-decoration:none;font-weight:600;padding:12px 22px;border-radius:8px';

const styleSheet = html`<style>
  body {
    margin: 0;
    padding: 24px 12px;
    background: #f2f4f7;
    color: #1c2430;
    font:
      16px/1.55 -apple-system,
      'Segoe UI',
      Roboto,
      Helvetica,
      Arial,
      sans-serif;
  }
  .card {
    max-width: 560px;
    margin: 0 auto;
    background: #fff;
    border: 1px solid #d9dee6;
    border-radius: 12px;
    padding: 28px;
    overflow-wrap: anywhere;
  }
  .card > :last-child,
  .box > :last-child {
    margin-bottom: 0;
  }
  h1 {
    font-size: 20px;
    line-height: 1.3;
    margin: 0 0 16px;
  }
  p {
    margin: 0 0 16px;
  }
  .box {
    border: 1px solid #d9dee6;
    border-radius: 8px;
    padding: 14px 16px;
    margin: 0 0 20px;
    background: #f8f9fb;
  }
  .label {
    color: #5a6677;
    font-size: 13px;
    margin: 0;
  }
  .value {
    margin: 0 0 8px;
    unicode-bidi: isolate;
  }
  .small {
    color: #5a6677;
    font-size: 13px;
  }
  .foot {
    max-width: 560px;
    margin: 14px auto 0;
    color: #5a6677;
    font-size: 13px;
  }
  @media (prefers-color-scheme: dark) {
    body {
      background: #12161c;
      color: #e6eaf0;
    }
    .card {
      background: #1b212a;
      border-color: #323b47;
    }
    .box {
      background: #151a21;
      border-color: #323b47;
    }
    .label,
    .small,
    .foot {
      color: #9aa7b8;
    }
    .button {
      background: #7aa7f7 !important;
      color: #0c1522 !important;
    }
  }
</style>`;

/** The HTML of a letter: one column, system fonts, readable in the dark, and nothing fetched. */
export function htmlOf({ language, subject, heading = subject, blocks, footer }: Letter): string {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${subject}</title>
        ${styleSheet}
      </head>
      <body>
        <div class="card">
          <h1>${heading}</h1>
          ${blocks.map(inHtml)}
        </div>
        ${footer === null ? null : html`<p class="foot">${footer}</p>`}
      </body>
    </html>`.markup;
}

function inHtml(block: Block): Html {
  switch (block.kind) {
    case 'text':
      return block.small ? html`<p class="small">${block.text}</p>` : html`<p>${block.text}</p>`;
    case 'button':
      return html`<p><a class="button" style="${button}" href="${block.href}">${block.label}</a></p>`;
    case 'link':
      return html`<p class="small"><a href="${block.href}">${block.label}</a></p>`;
    case 'facts':
      return html`${block.title === undefined ? null : html`<p class="small">${block.title}</p>`}
        <div class="box">
          ${block.facts.map(harmless).map(
            ({ label, value }) =>
              html`<p class="label">${label}</p>
                <p class="value">${value}</p>`,
          )}
        </div>`;
  }
}
