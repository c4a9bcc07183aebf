import { harmless, harmlessQuote } from '../facts.ts';
import { Html, html } from '../html.ts';
import { isColor, standingOut, textOn } from './colors.ts';
import type { Block, Letter } from './letter.ts';
import { type MailStyle, plainStyle } from './style.ts';

/** What is behind and on a mail, by day and by night. */
const day = { page: '#f2f4f7', card: '#ffffff', box: '#f8f9fb', line: '#d9dee6', ink: '#1c2430', grey: '#556070' };
const night = { page: '#12161c', card: '#1b212a', box: '#151a21', line: '#323b47', ink: '#e6eaf0', grey: '#a3afbf' };
const ownColor = '#1a56c4';

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
/** On each element, for mail programs that take the style sheet away. What people typed breaks anywhere. */
const css = {
  ink: `${font};font-size:16px;line-height:1.5;color:${day.ink};overflow-wrap:anywhere;word-break:break-word`,
  grey: `${font};font-size:13px;line-height:1.45;color:${day.grey};overflow-wrap:anywhere;word-break:break-word`,
  table: 'border-collapse:separate;table-layout:fixed;width:100%',
};

/** Only for the dark. Classes, with `!important`, are the one way past styles on elements. */
function styleSheet(button: string): Html {
  return html`<style>
    :root {
      color-scheme: light dark;
      supported-color-schemes: light dark;
    }
    @media (prefers-color-scheme: dark) {
      .page {
        background: ${night.page} !important;
      }
      .card {
        background: ${night.card} !important;
        border-color: ${night.line} !important;
      }
      .box {
        background: ${night.box} !important;
        border-color: ${night.line} !important;
      }
      .ink {
        color: ${night.ink} !important;
      }
      .grey {
        color: ${night.grey} !important;
      }
      .button {
        background: ${button} !important;
        color: ${textOn(button)} !important;
      }
    }
  </style>`;
}

/**
 * The HTML of a letter: one column of tables, which also Outlook's engine knows; styles on each element, which also mail
 * programs keep that take the style sheet away; readable in the dark, and nothing fetched.
 */
export function htmlOf({ language, subject, heading = subject, blocks, footer, style = plainStyle }: Letter): string {
  const color = style.color !== null && isColor(style.color) ? style.color : ownColor;
  const inHtml = writerOf(style, standingOut(color, day.card, '#000000'));
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no" />
        <title>${subject}</title>
        ${styleSheet(standingOut(color, night.card, '#ffffff'))}
      </head>
      <body class="page" style="margin:0;padding:0;background:${day.page}">
        <table
          role="presentation"
          class="page"
          width="100%"
          cellpadding="0"
          cellspacing="0"
          border="0"
          bgcolor="${day.page}"
          style="${css.table};background:${day.page}"
        >
          <tr>
            <td align="center" style="padding:16px 8px">
              ${forOutlook(`<table role="presentation" width="560" cellpadding="0" cellspacing="0" border="0"><tr><td>`)}
              <table
                role="presentation"
                class="card"
                width="100%"
                cellpadding="0"
                cellspacing="0"
                border="0"
                bgcolor="${day.card}"
                style="${css.table};max-width:560px;background:${day.card};border:1px solid ${day.line};border-radius:12px"
              >
                <tr>
                  <td align="left" style="padding:24px 20px 8px">
                    ${style.logo === null ? null : logo}
                    <h1 class="ink" style="${css.ink};font-size:21px;line-height:1.3;font-weight:700;margin:0 0 16px">
                      ${heading}
                    </h1>
                    ${blocks.map(inHtml)}
                  </td>
                </tr>
              </table>
              ${footer === null ? null : foot(footer, style)}${forOutlook('</td></tr></table>')}
            </td>
          </tr>
        </table>
      </body>
    </html>`.markup;
}

/** Outlook knows no greatest width. */
function forOutlook(markup: string): Html {
  return new Html(`<!--[if mso]>${markup}<![endif]-->`);
}

/** On white also in the dark: nobody knows the colors of a logo. */
const logo = html`<p style="margin:0 0 16px">
  <img
    src="cid:logo"
    alt=""
    height="40"
    style="height:40px;max-width:100%;background:#ffffff;border:0;border-radius:6px;padding:4px"
  />
</p>`;

function foot(text: string, style: MailStyle): Html {
  return html`<p class="grey" align="left" style="${css.grey};max-width:560px;margin:12px auto 0;text-align:left">
    ${linked(text, style)}
  </p>`;
}

/** Our own text. Where it names the contact of the rule file, that is a link. */
function linked(text: string, { contact }: MailStyle): Html {
  const [before = '', ...after] = contact?.startsWith('https://') ? text.split(contact) : [text];
  return after.length === 0
    ? html`${text}`
    : html`${before}<a class="grey" href="${contact}" style="color:${day.grey}">${contact}</a
        >${after.join(contact ?? '')}`;
}

function writerOf(style: MailStyle, button: string): (block: Block) => Html {
  return (block) => {
    switch (block.kind) {
      case 'text':
        return paragraph(block.small ? 'grey' : 'ink', linked(block.text, style));
      case 'title':
        return html`<h2 class="ink" style="${css.ink};font-size:17px;line-height:1.3;font-weight:700;margin:8px 0 10px">
          ${block.text}
        </h2>`;
      case 'button':
        return bulletproof(block, button);
      case 'link':
        return paragraph(
          'grey',
          html`<a class="grey" href="${block.href}" style="color:${day.grey};text-decoration:underline"
            >${block.label}</a
          >`,
        );
      case 'facts':
        return html`${block.title === undefined ? null : paragraph('grey', html`${block.title}`, 6)}${box(
          block.facts
            .map(harmless)
            .map(
              ({ label, value }) => html`${paragraph('grey', html`${label}`, 0)}${paragraph('ink', html`${value}`, 8)}`,
            ),
        )}`;
      case 'quote':
        return html`${paragraph('grey', html`${block.title}`, 6)}${box([
          paragraph('ink', html`${harmlessQuote(block.text)}`, 8),
        ])}`;
    }
  };
}

/** Each is a line of its own for the order of letters, too: none turns the text around it. */
function paragraph(kind: 'ink' | 'grey', content: Html, below = 16): Html {
  return html`<p class="${kind}" style="${css[kind]};margin:0 0 ${below}px;unicode-bidi:isolate">${content}</p>`;
}

function box(content: readonly Html[]): Html {
  return html`<table
    role="presentation"
    class="box"
    width="100%"
    cellpadding="0"
    cellspacing="0"
    border="0"
    bgcolor="${day.box}"
    style="${css.table};background:${day.box};border:1px solid ${day.line};border-radius:8px;margin:0 0 18px"
  >
    <tr>
      <td style="padding:12px 14px 4px">${content}</td>
    </tr>
  </table>`;
}

/** Outlook pads the cell, all others pad the link, which is then pressed as a whole. */
function bulletproof({ label, href }: { readonly label: string; readonly href: string }, color: string): Html {
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 18px">
    <tr>
      <td
        class="button"
        bgcolor="${color}"
        style="background:${color};border-radius:8px;mso-padding-alt:13px 24px;text-align:center"
      >
        <a
          class="button"
          href="${href}"
          style="${font};display:inline-block;background:${color};color:${textOn(
            color,
          )};font-size:16px;line-height:1.3;font-weight:600;text-decoration:none;padding:13px 24px;border-radius:8px"
          >${label}</a
        >
      </td>
    </tr>
  </table>`;
}
