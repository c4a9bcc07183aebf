import type { StoredMail } from './mailbox.ts';
import { mailSandbox } from './policies.ts';

/** Gives the frame the height of the mail in it, so that it shows whole. */
export const frameScript = `const frame = document.querySelector('iframe');
const fit = () => (frame.style.height = frame.contentDocument.documentElement.scrollHeight + 2 + 'px');
frame?.addEventListener('load', fit);
if (frame !== null) addEventListener('resize', fit);
`;

/** Opens the links of a mail in a new tab, whatever the mail says. */
export function withLinksAway(html: string): string {
  const base = '<base target="_blank">';
  return /<head\b[^>]*>/i.test(html) ? html.replace(/<head\b[^>]*>/i, `$&${base}`) : `${base}${html}`;
}

/** The inbox for people: a list, and one mail. */
export function listPage(mails: readonly StoredMail[]): string {
  const rows = mails.map(
    (mail) => `<li><a href="/m/${mail.id}"><span class="to">${escape(mail.recipients.join(', '))}</span>
      <span class="subject">${escape(mail.subject)}</span><time>${escape(mail.receivedAt.slice(11, 19))}</time></a></li>`,
  );
  const empty =
    '<p class="empty">No mail yet. Register somebody and it will arrive here; the page looks again every five seconds.</p>';
  return page(
    'Inbox',
    `<h1>Inbox <small>${mails.length}</small></h1>${rows.length === 0 ? empty : `<ol>${rows.join('')}</ol>`}`,
    true,
  );
}

export function mailPage(mail: StoredMail): string {
  const html =
    mail.html === null
      ? ''
      : `<iframe sandbox="${mailSandbox}" title="The mail as HTML" src="/m/${mail.id}/html"></iframe><script src="/frame.js"></script>`;
  return page(
    mail.subject,
    `<p><a href="/">← Inbox</a></p><h1>${escape(mail.subject)}</h1>
    <dl><dt>From</dt><dd>${escape(mail.from)}</dd><dt>To</dt><dd>${escape(mail.recipients.join(', '))}</dd><dt>At</dt><dd>${escape(mail.receivedAt.slice(0, 19).replace('T', ' '))} UTC</dd></dl>
    ${html}<h2>Text part</h2><pre>${escape(mail.text)}</pre>`,
    false,
  );
}

function page(title: string, body: string, refresh: boolean): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">${refresh ? '<meta http-equiv="refresh" content="5">' : ''}
<style>
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--muted:light-dark(#555,#aaa)}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1,dd,li{overflow-wrap:anywhere} h1 small{font-size:.6em;color:var(--muted)} h2{font-size:1rem;color:var(--muted)} a{color:inherit}
ol{list-style:none;padding:0;border:1px solid var(--line);border-radius:.6rem;overflow:hidden}
li+li{border-top:1px solid var(--line)} li a{display:flex;gap:1rem;padding:.7rem 1rem;text-decoration:none;flex-wrap:wrap}
li a:hover,li a:focus{background:var(--soft)} .to{min-width:16rem;color:var(--muted)} .subject{flex:1;font-weight:600} time,.empty{color:var(--muted)}
dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem} dt{color:var(--muted)} dd{margin:0}
iframe{box-sizing:border-box;width:100%;height:12rem;border:1px solid var(--line);border-radius:.6rem;background:#fff}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);padding:1rem;border-radius:.6rem}
</style></head><body>${body}</body></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
