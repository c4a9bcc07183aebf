import { request } from 'undici';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** `undefined`: no JSON. */
  readonly json: unknown;
  /** When the question left and the answer was here, by our clock. */
  readonly asked: number;
  readonly answered: number;
}

export interface Question {
  readonly form?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** One HTTP request, without following redirects. Rejects with the network's error. */
export async function ask(url: string, { form, token, signal, now }: Question): Promise<Answer> {
  const asked = now();
  const { statusCode, headers, body } = await request(url, {
    signal,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(form === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams(form).toString(),
        }),
  });
  const text = await body.text();
  return { status: statusCode, headers, json: parsed(text), asked, answered: now() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
