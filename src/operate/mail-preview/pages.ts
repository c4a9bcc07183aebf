import { Html, html } from '../../messages/html.ts';
import type { Mail } from '../../messages/mail/mail.ts';
import { paintProblem } from '../../rules/load/problem.ts';
import { plain } from '../../platform/paint.ts';
import type { Gallery, Picture } from './gallery.ts';
import { samples } from './samples.ts';

/** A page of the preview. It is served, or written to a file. */
export interface PreviewFile {
  readonly type: 'text/html' | 'text/plain';
  /** The HTML of a mail: it may do nothing but be looked at. */
  readonly framed?: true;
  readonly content: () => string;
}

const schemes = ['light', 'dark'] as const;
const screens = [
  { name: 'phone', width: 375 },
  { name: 'desktop', width: 800 },
] as const;

/** All pages, by their paths. @param from the sender where the rules name none */
export function previewFiles({ pictures, problems }: Gallery, from: string): ReadonlyMap<string, PreviewFile> {
  const found = problems.map((problem) => paintProblem(problem, plain));
  return new Map<string, PreviewFile>([
    ['index.html', { type: 'text/html', content: () => indexPage(pictures, found) }],
    ...pictures.flatMap((picture): [string, PreviewFile][] => {
      const name = nameOf(picture);
      const { mail } = picture;
      return [
        [`${name}.html`, { type: 'text/html', content: () => mailPage(picture, found, from) }],
        [`${name}.txt`, { type: 'text/plain', content: () => mail.text }],
        ...schemes.map((scheme): [string, PreviewFile] => [
          `${name}.${scheme}.html`,
          { type: 'text/html', framed: true, content: () => framed(mail, scheme) },
        ]),
      ];
    }),
  ]);
}

function nameOf({ slug, message, language, sample }: Picture): string {
  return `${slug}/${message}.${language}.${sample}`;
}

/** As a mail program in the light or in the dark shows it, whatever this browser is set to; nothing is fetched. */
function framed({ html: markup, logo }: Mail, scheme: 'light' | 'dark'): string {
  const holds = scheme === 'dark' ? '(min-width: 0)' : '(max-width: 0)';
  const inDark = markup
    .replaceAll(/\(\s*prefers-color-scheme:\s*dark\s*\)/g, holds)
    .replace('</head>', `<style>:root { color-scheme: only ${scheme}; }</style></head>`);
  return logo === undefined
    ? inDark
    : inDark.replaceAll('cid:logo', `data:${logo.contentType};base64,${logo.content.toString('base64')}`);
}

function indexPage(pictures: readonly Picture[], problems: readonly string[]): string {
  const slugs = [...new Set(pictures.map(({ slug }) => slug))];
  return page(
    'Mails',
    html`${problemList(problems)}
    ${slugs.map((slug) => clientTable(pictures.filter((picture) => picture.slug === slug)))}`,
  );
}

function clientTable(pictures: readonly Picture[]): Html {
  const [first] = pictures;
  const messages = [...new Set(pictures.map(({ message }) => message))];
  const languages = [...new Set(pictures.map(({ language }) => language))];
  const cell = (message: string, language: string): Html => {
    const here = pictures.filter((picture) => picture.message === message && picture.language === language);
    const own = here.some(({ template }) => template !== null);
    return html`<td>
      ${here.map((picture) => html`<a href="${nameOf(picture)}.html">${picture.sample}</a> `)}
      ${own ? html`<small>template</small>` : null}
    </td>`;
  };
  return html`<h2>
      ${first?.client.clientId ?? ''}
      <small>realm ${first?.client.realm ?? ''}, ${first?.client.file.file ?? ''}</small>
    </h2>
    <table>
      <tr>
        <th>message</th>
        ${languages.map((language) => html`<th>${language}</th>`)}
      </tr>
      ${messages.map(
        (message) =>
          html`<tr>
            <th>${message}</th>
            ${languages.map((language) => cell(message, language))}
          </tr>`,
      )}
    </table>`;
}

function mailPage(picture: Picture, problems: readonly string[], from: string): string {
  const { client, message, language, sample, template, mail } = picture;
  const base = nameOf(picture).split('/').at(-1) ?? '';
  const headers = {
    Subject: mail.subject,
    From: mail.from ?? from,
    'Reply-To': mail.replyTo ?? '(the sender)',
    Text: template ?? 'built-in',
  };
  return page(
    `${message}, ${language}`,
    html`<p>
        <a href="../index.html">all mails</a> · ${client.clientId} ·
        ${samples.map((other) => (other === sample ? html`<b>${other}</b> ` : html`<a href="${message}.${language}.${other}.html">${other}</a> `))}
      </p>
      ${problemList(problems)}
      <dl>
        ${Object.entries(headers).map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
      <div class="screens">
        ${screens.map(
          ({ name, width }) =>
            html`${schemes.map(
              (scheme) =>
                html`<figure>
                  <figcaption>${name}, ${scheme}</figcaption>
                  <iframe
                    sandbox
                    title="${name}, ${scheme}"
                    src="${base}.${scheme}.html"
                    width="${width}"
                    height="640"
                  ></iframe>
                </figure>`,
            )}`,
        )}
      </div>
      <h2>Plain text</h2>
      <pre>${mail.text}</pre>`,
  );
}

function problemList(problems: readonly string[]): Html | null {
  return problems.length === 0
    ? null
    : html`<section role="alert">
        <b>check finds:</b>
        <ul>
          ${problems.map((problem) => html`<li>${problem}</li>`)}
        </ul>
      </section>`;
}

const style = new Html(`
:root { color-scheme: light dark; --line: #8884; --soft: light-dark(#555, #aaa); }
body { background: Canvas; color: CanvasText; font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 1.5rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } small { color: var(--soft); font-weight: 400; }
table { border-collapse: collapse; } th, td { text-align: left; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid var(--line); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; } dt { color: var(--soft); } dd { margin: 0; }
.screens { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; max-width: 100%; } iframe { border: 1px solid var(--line); max-width: 100%; }
pre { white-space: pre-wrap; border: 1px solid var(--line); padding: 1rem; } section { border: 2px solid #c33; padding: 0.5rem 1rem; }
`);

function page(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <style>
          ${style}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${body}
      </body>
    </html>`.markup;
}
