import { STATUS_CODES } from 'node:http';

import { html, type Html } from '../messages/html.ts';

/** Jobs by queue and state. */
export type QueueCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Brings the numbers up to date where they stand, every two seconds: nothing moves, and nobody loses their place. Says
 * so when there is no answer, for old numbers would look like new ones.
 */
export const queuesScript = `const cells = (root) => [...root.querySelectorAll('td')];
const note = document.querySelector('[role=status]');
const look = async () => {
  try {
    const answer = await fetch('/queues', { headers: { accept: 'text/html' } });
    if (!answer.ok) throw new Error(answer.statusText);
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const [now, then] = [cells(document), cells(next)];
    if (now.length !== then.length) return location.reload();
    now.forEach((cell, index) => cell.textContent !== then[index].textContent && (cell.textContent = then[index].textContent));
    note.textContent = next.querySelector('[role=status]').textContent;
  } catch {
    note.textContent = 'No answer. These are the numbers of before; the page tries again.';
  }
};
setInterval(() => document.hidden || look(), 2000);
`;

export function queuesPage(counts: QueueCounts, at: Date): string {
  const states = Object.keys(Object.values(counts)[0] ?? {});
  return opsPage(
    'Queues',
    html`<table role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader">Queue</th>
            ${states.map((state) => html`<th role="columnheader">${state}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${Object.entries(counts).map(
            ([queue, byState]) =>
              html`<tr role="row">
                <th role="rowheader">${queue}</th>
                ${states.map((state) => html`<td role="cell" data-state="${state}">${byState[state] ?? 0}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
      <p role="status">At ${at.toISOString().slice(11, 19)} UTC; looked at again every two seconds.</p>`,
    html`<noscript><meta http-equiv="refresh" content="5" /></noscript>
      <script src="/queues.js" defer></script>`,
  );
}

export function faultPage(status: number): string {
  return opsPage(
    `${status} ${STATUS_CODES[status]}`,
    html`<p>Here are /healthz, /readyz, /metrics, /queues and /review.</p>`,
  );
}

/** On a phone each queue is a block, with its states below its name: nothing has to be pushed to the side. */
const style = `
:root { color-scheme: light dark; --line: #8884; --soft: light-dark(#555, #aaa); }
body { background: Canvas; color: CanvasText; font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 1.5rem 1rem; }
main { max-width: 56rem; margin: 0 auto; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { padding: 0.5rem 0.6rem; text-align: right; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
th:first-child { text-align: left; width: 26%; }
thead th, p { color: var(--soft); font-weight: 600; }
p { font-weight: 400; min-height: 3em; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.6rem; }
h3 { font-size: 1rem; margin: 0 0 0.5rem; }
article { border: 1px solid var(--line); border-radius: 10px; padding: 0.9rem 1.1rem; margin: 0 0 0.9rem; }
.given-up article, .not-told article { border-color: light-dark(#a3262b, #f2a2a5); border-width: 2px; }
article p { color: inherit; font-weight: 600; min-height: 0; margin: 0 0 0.6rem; }
article span { display: block; font-weight: 400; color: var(--soft); }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: 0.2rem 0.8rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; }
button { font: inherit; font-weight: 650; padding: 0.6rem 1.1rem; min-height: 2.75rem; margin-top: 0.8rem; border: 0; border-radius: 9px; cursor: pointer; background: light-dark(#1a56c4, #7aa7f7); color: light-dark(#fff, #0c1522); }
@media (max-width: 44rem) {
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin: 0 0 0.4rem; }
  thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  table, tbody { display: block; }
  tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(5.5rem, 1fr)); border-bottom: 1px solid var(--line); padding: 0.6rem 0; }
  th, td { border: 0; padding: 0.1rem 0; }
  th:first-child { grid-column: 1 / -1; width: auto; }
  td { text-align: left; }
  td::before { content: attr(data-state); display: block; font-size: 0.85rem; color: var(--soft); }
}
`;

/** A page for operators. */
export function opsPage(title: string, body: Html, head: Html | null = null): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        ${head}
        <style>
          ${style}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`.markup;
}
