/** Gives the frame the height of the mail in it, so that it shows whole. */
export const frameScript = `const frame = document.querySelector('iframe');
const fit = () => (frame.style.height = frame.contentDocument.documentElement.scrollHeight + 2 + 'px');
frame?.addEventListener('load', fit);
if (frame !== null) addEventListener('resize', fit);
`;

/**
 * Adds the mails that came, and takes away those that are gone, every two seconds. What is there stays the element that
 * it is: the browser keeps the scroll position, the focus and the marked mail.
 */
export const listScript = `const items = (root) => new Map([...root.querySelectorAll('main li')].map((item) => [item.id, item]));
const look = async () => {
  const answer = await fetch('/').catch(() => null);
  if (!answer?.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const [now, then] = [items(document), items(next)];
  document.querySelector('h1').replaceChildren(...next.querySelector('h1').childNodes);
  document.querySelector('.empty').hidden = then.size > 0;
  document.querySelector('ol').hidden = then.size === 0;
  for (const [id, item] of now) if (!then.has(id)) item.remove();
  document.querySelector('ol').prepend(...[...then].filter(([id]) => !now.has(id)).map(([, item]) => item));
};
setInterval(() => document.hidden || look(), 2000);
`;
