import { type FormTarget, Visit } from './visit.ts';

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
  const { redirectUri } = target;
  const visit = new Visit(target);
  const open = async (client: string): Promise<boolean> => {
    const { location } = await visit.open({}, client);
    return location?.href.startsWith(redirectUri) === true && location.searchParams.has('code');
  };
  const form = await visit.open({ ...query, ...target.query });
  const { page, location, status, answeredAt } = await visit.send(form, formId, fields);
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
