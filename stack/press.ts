/**
 * Opens an approver's link and presses one of its buttons, as a browser would: with all that the page's form carries.
 * @returns the answer to the press, after its redirect
 */
export async function press(link: string, decision: 'approve' | 'reject'): Promise<Response> {
  const page = await (await fetch(link)).text();
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  // The page has one form for each button; both carry the same.
  const fields = new Map(hidden.map(([, name = '', value = '']) => [name, value]));
  return fetch(link, { method: 'POST', body: new URLSearchParams([...fields, ['decision', decision]]) });
}
