/**
 * Keycloak's own forms as a browser sends them: cookies, redirects and the form's action address, without a browser.
 * Fast enough to measure with; what a page looks like is for Chromium to say.
 */

interface FormTarget {
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

export interface RegistrationInput extends FormTarget {
  readonly username: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly password: string;
}

export interface LoginInput extends FormTarget {
  readonly username: string;
  readonly password: string;
}

export interface FormResult {
  /**
   * `code`: back at the application with a code. `page`: Keycloak shows another page, as the form with its complaint or a
   * required action. `error`: back at the application with an error, or a status of 400 and more.
   */
  readonly outcome: 'code' | 'page' | 'error';
  readonly code?: string;
  /** Where the last redirect led, if there was one. */
  readonly location?: string;
  /** HTML of the last page; empty when the application was reached. */
  readonly page: string;
  /** `Date.now()` when the form's POST was answered, before any redirect was followed. */
  readonly answeredAt: number;
  /** Opens another application of the realm in the same browser: whether that comes by a code without a form. */
  readonly open: (clientId: string) => Promise<boolean>;
}

/** Registers somebody through the realm's registration form. */
export async function registerThroughForm(input: RegistrationInput): Promise<FormResult> {
  const { username, email, firstName, lastName, password } = input;
  return submit(input, { prompt: 'create' }, 'kc-register-form', {
    username,
    email,
    firstName,
    lastName,
    password,
    'password-confirm': password,
  });
}

/** Logs somebody in through the realm's login form, as a browser that holds no session. */
export async function loginThroughForm(input: LoginInput): Promise<FormResult> {
  const { username, password } = input;
  return submit(input, {}, 'kc-form-login', { username, password, credentialId: '' });
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly expires_in: number;
}

/** Trades a code for tokens, as the application does. */
export async function exchangeCode(
  { keycloakUrl, realm, clientId, redirectUri }: FormTarget,
  code: string,
  clientSecret?: string,
): Promise<Tokens> {
  const response = await fetch(`${keycloakUrl}/realms/${realm}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      client_id: clientId,
      redirect_uri: redirectUri,
      ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    }),
  });
  if (!response.ok) {
    throw new Error(`the code was refused: ${response.status} ${await response.text()}`);
  }
  return (await response.json()) as Tokens;
}

async function submit(
  target: FormTarget,
  query: Readonly<Record<string, string>>,
  formId: string,
  fields: Readonly<Record<string, string>>,
): Promise<FormResult> {
  const { keycloakUrl, realm, clientId, redirectUri, locale, query: further = {} } = target;
  const cookies = new Cookies();
  const addressOf = (client: string, query: Readonly<Record<string, string>>): URL => {
    const address = new URL(`${keycloakUrl}/realms/${realm}/protocol/openid-connect/auth`);
    address.search = new URLSearchParams({
      client_id: client,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      ...(locale === undefined ? {} : { ui_locales: locale }),
      ...query,
      ...further,
    }).toString();
    return address;
  };
  const open = async (client: string): Promise<boolean> => {
    const address = addressOf(client, {});
    const { location } = await follow(await cookies.fetch(address), address, redirectUri, cookies);
    return location?.href.startsWith(redirectUri) === true && location.searchParams.has('code');
  };
  const address = addressOf(clientId, query);

  const form = await follow(await cookies.fetch(address), address, redirectUri, cookies);
  const action = formAction(form.page, formId);
  if (action === undefined) {
    throw new Error(`${address.href} shows no form "${formId}" (status ${form.status}):\n${form.page.slice(0, 2_000)}`);
  }
  const answer = await cookies.fetch(new URL(action, address), {
    method: 'POST',
    body: new URLSearchParams(fields),
  });
  const answeredAt = Date.now();
  const { page, location, status } = await follow(answer, address, redirectUri, cookies);
  // Between two realms a code travels as well; the application's is the one that arrives there.
  const code = location?.href.startsWith(redirectUri) ? location.searchParams.get('code') : null;
  const shown = {
    page,
    answeredAt,
    open,
    ...(location === undefined ? {} : { location: location.href }),
  };
  if (code !== null) {
    return { outcome: 'code', code, ...shown };
  }
  return { outcome: location?.searchParams.has('error') || status >= 400 ? 'error' : 'page', ...shown };
}

interface Arrival {
  readonly status: number;
  readonly page: string;
  readonly location?: URL;
}

/** Follows redirects to a page, or up to the door of the application. */
async function follow(first: Response, from: URL, redirectUri: string, cookies: Cookies): Promise<Arrival> {
  let response = first;
  let location: URL | undefined;
  for (let hops = 0; hops < 10; hops += 1) {
    const target = response.headers.get('location');
    const page = await response.text(); // read even where it is not wanted: that frees the connection
    if (target === null) {
      return { status: response.status, page, ...(location === undefined ? {} : { location }) };
    }
    location = new URL(target, location ?? from);
    if (location.href.startsWith(redirectUri)) {
      return { status: response.status, page: '', location };
    }
    response = await cookies.fetch(location);
  }
  throw new Error(`redirects without end, at last to ${location?.href}`);
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

function formAction(page: string, id: string): string | undefined {
  const [tag] = page.match(new RegExp(`<form[^>]*\\bid="${id}"[^>]*>`)) ?? [];
  return tag?.match(/\baction="([^"]*)"/)?.[1]?.replaceAll('&amp;', '&');
}
