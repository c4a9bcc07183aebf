/**
 * Keycloak's own forms as a browser sends them: cookies, redirects and the form's action address, without a browser.
 * Fast enough to measure with; what a page looks like is for Chromium to say.
 */

export interface FormTarget {
  readonly keycloakUrl: string;
  readonly realm: string;
  readonly clientId: string;
  /** One that the client allows. It is never requested: the code is read from the redirect to it. */
  readonly redirectUri: string;
  /** Language of the pages (`ui_locales`); the realm must offer it. */
  readonly locale?: string;
  /** What else the application, or a person who edits the address, puts there. */
  readonly query?: Readonly<Record<string, string>>;
}

/** One person's way through Keycloak's pages. */
export class Visit {
  readonly #target: FormTarget;
  readonly #cookies = new Cookies();

  constructor(target: FormTarget) {
    this.#target = target;
  }

  /** Comes from the application. */
  async open(query: Readonly<Record<string, string>> = {}, clientId = this.#target.clientId): Promise<Arrival> {
    const { keycloakUrl, realm, redirectUri, locale } = this.#target;
    const address = new URL(`${keycloakUrl}/realms/${realm}/protocol/openid-connect/auth`);
    address.search = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      ...(locale === undefined ? {} : { ui_locales: locale }),
      ...query,
    }).toString();
    return this.goTo(address);
  }

  async goTo(address: URL): Promise<Arrival> {
    return follow(await this.#cookies.fetch(address), address, this.#target.redirectUri, this.#cookies);
  }

  /** Goes where a link leads. */
  async click(from: Arrival, id: string): Promise<Arrival> {
    return this.goTo(new URL(attribute(from, 'a', id, 'href'), from.at));
  }

  /** Fills in a form of the page, and sends it. */
  async send(from: Arrival, formId: string, fields: Readonly<Record<string, string>>) {
    return this.post(new URL(attribute(from, 'form', formId, 'action'), from.at), fields);
  }

  async post(address: URL, fields: Readonly<Record<string, string>>): Promise<Answered> {
    const begun = performance.now();
    const answer = await this.#cookies.fetch(address, { method: 'POST', body: new URLSearchParams(fields) });
    const answered = { answeredAt: Date.now(), answerMs: performance.now() - begun };
    return { ...(await follow(answer, address, this.#target.redirectUri, this.#cookies)), ...answered };
  }
}

/** Where a request led in the end. */
export interface Arrival {
  readonly status: number;
  readonly page: string;
  /** Where the last redirect led, if there was one. */
  readonly location?: URL;
  /** Address of the page. */
  readonly at: URL;
  /** Where the page goes by itself, and when. */
  readonly refresh?: { readonly afterMs: number; readonly to: URL };
}

/** Where a form led that was sent. */
export interface Answered extends Arrival {
  /** `Date.now()` when the form's POST was answered, before any redirect was followed. */
  readonly answeredAt: number;
  /** From the POST to that answer. */
  readonly answerMs: number;
}

/** What the form says at a field; `undefined`: nothing. */
export function messageAt({ page }: Pick<Arrival, 'page'>, field: string): string | undefined {
  return new RegExp(`id="input-error-${field}"[^>]*>\\s*<span[^>]*>\\s*([^]*?)\\s*</span>`).exec(page)?.[1];
}

/** Where the page's first form is sent to. */
export function actionOf({ page, at }: Arrival): URL {
  return new URL(/<form[^>]*\baction="([^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '', at);
}

/** Follows redirects to a page, or up to the door of the application. */
async function follow(first: Response, from: URL, redirectUri: string, cookies: Cookies): Promise<Arrival> {
  let response = first;
  let location: URL | undefined;
  for (let hops = 0; hops < 10; hops += 1) {
    const target = response.headers.get('location');
    const page = await response.text(); // read even where it is not wanted: that frees the connection
    if (target === null) {
      const at = location ?? from;
      const refresh = refreshOf(response, at);
      return { status: response.status, page, at, ...refresh, ...(location === undefined ? {} : { location }) };
    }
    location = new URL(target, location ?? from);
    if (location.href.startsWith(redirectUri)) {
      return { status: response.status, page: '', at: location, location };
    }
    response = await cookies.fetch(location);
  }
  throw new Error(`redirects without end, at last to ${location?.href}`);
}

function refreshOf({ headers }: Response, at: URL): Pick<Arrival, 'refresh'> {
  const [, seconds, to] = /^(\d+);\s*url=(.+)$/i.exec(headers.get('refresh') ?? '') ?? [];
  return to === undefined ? {} : { refresh: { afterMs: Number(seconds) * 1_000, to: new URL(to, at) } };
}

/** The cookies of one visit. One host; realms differ by path, and a visit may go by way of a second realm that brokers. */
class Cookies {
  readonly #values = new Map<string, { readonly path: string; readonly pair: string }>();

  async fetch(address: URL, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#values.values()]
      .filter(({ path }) => address.pathname.startsWith(path))
      .map(({ pair }) => pair)
      .join('; ');
    const response = await fetch(address, { ...init, redirect: 'manual', headers: { cookie, accept: 'text/html' } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';', 1);
      const path = /;\s*path=([^;]*)/i.exec(line)?.[1] ?? '/';
      const key = `${path} ${pair.slice(0, pair.indexOf('='))}`;
      if (/;\s*max-age=0\b/i.test(line)) {
        this.#values.delete(key);
      } else {
        this.#values.set(key, { path, pair });
      }
    }
    return response;
  }
}

function attribute({ page, at, status }: Arrival, element: string, id: string, name: string): string {
  const [tag = ''] = page.match(new RegExp(`<${element}[^>]*\\bid="${id}"[^>]*>`)) ?? [];
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  if (value === undefined) {
    throw new Error(`${at.href} shows no ${element} "${id}" (status ${status}):\n${page.slice(0, 2_000)}`);
  }
  return value.replaceAll('&amp;', '&');
}
