import type { StoredMail } from './mailbox.ts';
import { mailSandbox } from './policies.ts';

/** Opens the links of a mail in a new tab, whatever the mail says. */
export function withLinksAway(html: string): string {
  const base = '<base target="_blank">';
  return /<head\b[^>]*>/i.test(html) ? html.replace(/<head\b[^>]*>/i, `$&${base}`) : `${base}${html}`;
}

/** The inbox for people: a list, and one mail. */
export function listPage(mails: readonly StoredMail[]): string {
  const rows = mails.map(
    (
      mail,
    ) => `<li id="m-${mail.id}"><a href="/m/${mail.id}"><span class="to">${escape(mail.recipients.join(', '))}</span>
      <span class="subject">${escape(mail.subject)}</span><time>${escape(mail.receivedAt.slice(11, 19))}</time></a></li>`,
  );
  const hidden = (when: boolean): string => (when ? ' hidden' : '');
  return page(
    'Inbox',
    `<h1>Inbox <small>${mails.length}</small></h1>
    <p class="empty"${hidden(rows.length > 0)}>No mail yet. Register somebody and it will arrive here by itself.</p>
    <ol${hidden(rows.length === 0)}>${rows.join('')}</ol>`,
    '<noscript><meta http-equiv="refresh" content="5"></noscript><script src="/list.js" defer></script>',
  );
}

export function mailPage(mail: StoredMail): string {
  const html =
    mail.html === null
      ? ''
      : `<iframe sandbox="${mailSandbox}" title="The mail as HTML" src="/m/${mail.id}/html"></iframe>`;
  return page(
    mail.subject,
    `<nav><a href="/#m-${mail.id}">← Inbox</a></nav><h1>${escape(mail.subject)}</h1>
    <dl><dt>From</dt><dd>${escape(mail.from)}</dd><dt>To</dt><dd>${escape(mail.recipients.join(', '))}</dd><dt>At</dt><dd>${escape(mail.receivedAt.slice(0, 19).replace('T', ' '))} UTC</dd></dl>
    ${html}<h2>Text part</h2><pre>${escape(mail.text)}</pre>`,
    '<script src="/frame.js" defer></script>',
  );
}

function page(title: string, body: string, head: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">${head}
<style>
:root{color-scheme:light dark;--line:#8884;--soft:light-dark(#f1f1f1,#262626);--muted:light-dark(#555,#aaa);--mark:light-dark(#1d4f91,#8fb8f0)}
body{background:Canvas;color:CanvasText;font:16px/1.5 system-ui,sans-serif;margin:0;padding:1.5rem 1rem} main{max-width:60rem;margin:0 auto}
h1,dd,li{overflow-wrap:anywhere} h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem} h1 small{font-size:.6em;color:var(--muted)}
h2{font-size:1rem;color:var(--muted)} a{color:inherit} nav{margin-bottom:.8rem} nav a{display:inline-block;padding:.3rem 0}
ol{list-style:none;margin:0;padding:0;border:1px solid var(--line);border-radius:.6rem;overflow:hidden}
li{scroll-margin:2rem} li+li{border-top:1px solid var(--line)} li:target{box-shadow:inset 4px 0 var(--mark)}
li a{display:grid;grid-template-columns:16rem 1fr auto;gap:0 1rem;padding:.7rem 1rem;text-decoration:none}
li a:hover,li a:focus-visible{background:var(--soft)} .to{color:var(--muted)} .subject{font-weight:600} time,.empty{color:var(--muted)}
@media (max-width:40rem){li a{grid-template-columns:1fr auto} .subject{grid-column:1/-1;grid-row:2}}
dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem} dt{color:var(--muted)} dd{margin:0}
iframe{box-sizing:border-box;width:100%;height:12rem;border:1px solid var(--line);border-radius:.6rem;background:#fff}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);padding:1rem;border-radius:.6rem}
[hidden]{display:none}
</style></head><body><main>${body}</main></body></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
