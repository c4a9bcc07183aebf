import { type Answer, send, type Sent, sendForm } from './client.ts';

export type Verdict = 'approve' | 'reject';
type Fields = Readonly<Record<string, string>>;

/** What pressing the button with this value sends; `null` where the page has no such button. */
export function formOf(page: string, value: string): Fields | null {
  for (const [form] of page.matchAll(/<form\b.*?<\/form>/gs)) {
    const button = tagsIn(form, 'button').find((attributes) => (attributes['value'] ?? '') === value);
    if (button !== undefined) {
      const inputs = [...tagsIn(form, 'input'), ...tagsIn(form, 'textarea')]
        .filter(({ type = 'text' }) => !['checkbox', 'radio'].includes(type))
        .map(({ name = '', value: typed = '' }): [string, string] => [name, typed]);
      const { name } = button;
      return Object.fromEntries([...inputs, ...(name === undefined ? [] : [[name, value] as const])]);
    }
  }
  return null;
}

/** What the first button of a page sends, whatever it is called. */
export function firstFormOf(page: string): Fields | null {
  const [first] = buttonsOf(page);
  return first === undefined ? null : formOf(page, first);
}

/** The buttons of a page, by value. */
export function buttonsOf(page: string): string[] {
  return tagsIn(page, 'button').map(({ value = '' }) => value);
}

/** Opens the page as a person does. @returns what the button on it sends */
export async function read(url: string, verdict: Verdict): Promise<Fields> {
  const { status, body } = await send(url);
  const form = formOf(body, verdict);
  if (form === null) {
    throw new Error(`the page has no button "${verdict}" (${status}): ${body.slice(0, 2_000)}`);
  }
  return form;
}

/** Presses a button of a page that was opened before; once more where the answer asks whether that is meant. */
export async function pressOn(url: string, form: Fields, verdict: Verdict, more: Sent = {}): Promise<Answer> {
  const answer = await sendForm(url, form, more);
  const again = answer.status === 200 ? formOf(answer.body, verdict) : null;
  return again === null ? answer : sendForm(url, again, more);
}

/** Opens the page and presses a button. */
export async function press(url: string, verdict: Verdict, more: Sent = {}): Promise<Answer> {
  return pressOn(url, await read(url, verdict), verdict, more);
}

function tagsIn(markup: string, name: string): Record<string, string>[] {
  return [...markup.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'g'))].map(([, attributes = '']) =>
    Object.fromEntries(
      [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, unescaped(value)]),
    ),
  );
}

function unescaped(text: string): string {
  return text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
