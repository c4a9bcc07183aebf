import { setTimeout as sleep } from 'node:timers/promises';

import { exchangeCode, loginThroughForm } from '../../test/stack/support/registration-form.ts';
import { type Arrival, Visit } from '../../test/stack/support/visit.ts';
import { applications } from './site/applications.ts';
import { mailTo, type Stage, until } from './stage.ts';

export interface Who {
  readonly name: string;
  readonly email: string;
  readonly client: string;
  /** Language of the pages. */
  readonly locale?: string;
}

const password = 'correct horse battery';
/** How long a page may go on looking again before somebody should have been let in. */
const patienceMs = 60_000;

/** Somebody at Keycloak's own pages, with what an administrator sees of the account. Each method notes what it found. */
export class Person {
  readonly #stage: Stage;
  readonly #who: Who;
  readonly #target;
  readonly #visit: Visit;
  #sentAt = 0;

  constructor(stage: Stage, who: Who) {
    const { keycloakUrl, realm, siteUrl } = stage;
    const { client: clientId, locale } = who;
    this.#stage = stage;
    this.#who = who;
    const redirectUri = `${siteUrl}/${clientId}/callback`;
    this.#target = { keycloakUrl, realm, clientId, redirectUri, ...(locale === undefined ? {} : { locale }) };
    this.#visit = new Visit(this.#target);
  }

  /** Name of the application that the person comes from. */
  get application(): string {
    return applications.find(({ clientId }) => clientId === this.#who.client)?.name ?? this.#who.client;
  }

  openLogin(): Promise<Arrival> {
    return this.#visit.open();
  }

  openForm(): Promise<Arrival> {
    return this.#visit.open({ prompt: 'create' });
  }

  /** @returns where the form led in the end */
  async send(form: Arrival, email = this.#who.email): Promise<Arrival> {
    const { name } = this.#who;
    this.#sentAt = Date.now();
    return this.#visit.send(form, 'kc-register-form', {
      username: name,
      email,
      firstName: name,
      lastName: 'Example',
      password,
      'password-confirm': password,
    });
  }

  /** @returns the groups in the first token */
  async arrives(answer: Arrival, how: string): Promise<readonly string[]> {
    const ms = this.#since();
    const code = this.#codeOf(answer);
    if (code === null) {
      throw new Error(`${this.#who.name} should be at ${this.application}, and is not (${answer.at.pathname})`);
    }
    this.#stage.diary.note(`arrives at ${this.application}${how}`, ms);
    const { id_token } = await exchangeCode(this.#target, code);
    const claims: unknown = JSON.parse(Buffer.from(id_token?.split('.')[1] ?? '', 'base64url').toString());
    return (claims as { groups?: readonly string[] }).groups ?? [];
  }

  /** Keycloak shows a page that says so, in place of the application. */
  async waitsAtTheGate(answer: Arrival): Promise<void> {
    const { name } = this.#who;
    if (!answer.page.includes('Almost there') || !(await this.isHeld())) {
      throw new Error(`${name} should be held at the gate, and is not`);
    }
    this.#stage.diary.note('reads "Almost there": the gate holds the person', this.#since());
    const sessions = await this.sessions();
    const refusal = await this.#askForToken();
    if (refusal === null || sessions > 0) {
      throw new Error(`${name} should have no session and no token, and has`);
    }
    this.#stage.diary.note(`has no code, no session and no token: Keycloak says "${refusal}"`);
  }

  /** As the page at the gate does it by itself, once. */
  async looksAgain({ refresh }: Arrival): Promise<Arrival> {
    if (refresh === undefined) {
      throw new Error(`the page of ${this.#who.name} does not look again by itself`);
    }
    await sleep(refresh.afterMs);
    return this.#visit.goTo(refresh.to);
  }

  /** The page looks again until it leads to the application. */
  async looksUntilLetIn(page: Arrival): Promise<Arrival> {
    const deadline = Date.now() + patienceMs;
    for (let at = page; ; at = await this.looksAgain(at)) {
      if (this.#codeOf(at) !== null) {
        return at;
      }
      if (Date.now() > deadline) {
        throw new Error(`${this.#who.name} should be let in, and is not after ${patienceMs / 1_000} s`);
      }
    }
  }

  async sees(what: string, ask: () => Promise<boolean>): Promise<void> {
    await until(`${this.#who.name} ${what}`, async () => ((await ask()) ? true : null));
    this.#stage.diary.note(what, this.#since());
  }

  async hears(subject: string): Promise<void> {
    const mail = await mailTo(this.#stage, this.#who.email, subject);
    this.#stage.diary.note(`gets the mail "${mail.subject}"`, this.#since());
  }

  async logsIn(): Promise<void> {
    if (!(await this.#canLogIn())) {
      throw new Error(`${this.#who.name} should be able to log in, and is not`);
    }
    this.#stage.diary.note('logs in', this.#since());
  }

  async hasNoAccount(): Promise<void> {
    if ((await this.user()) !== undefined) {
      throw new Error(`${this.#who.name} should have no account, and has one`);
    }
    this.#stage.diary.note('has no account');
  }

  async user() {
    return (await this.#stage.admin.users.find({ username: this.#who.name, exact: true }))[0];
  }

  async isHeld(): Promise<boolean> {
    return (await this.user())?.requiredActions?.includes('vestibule-pending') === true;
  }

  async groups(): Promise<readonly (string | undefined)[]> {
    return (await this.#stage.admin.users.listGroups({ id: await this.#id() })).map(({ path }) => path);
  }

  async roles(client: string): Promise<readonly string[]> {
    const { clientMappings } = await this.#stage.admin.users.listRoleMappings({ id: await this.#id() });
    return ((clientMappings?.[client]?.mappings ?? []) as { name: string }[]).map(({ name }) => name);
  }

  async sessions(): Promise<number> {
    return (await this.#stage.admin.users.listSessions({ id: await this.#id() })).length;
  }

  #since(): number {
    return Date.now() - this.#sentAt;
  }

  async #id(): Promise<string> {
    return (await this.user())?.id ?? '';
  }

  #codeOf({ location }: Arrival): string | null {
    return location?.href.startsWith(this.#target.redirectUri) === true ? location.searchParams.get('code') : null;
  }

  async #canLogIn(): Promise<boolean> {
    const login = await loginThroughForm({ ...this.#target, username: this.#who.name, password });
    return login.outcome === 'code';
  }

  /** With name and password, past every page. @returns why Keycloak gives none; `null`: it gives one */
  async #askForToken(): Promise<string | null> {
    const { keycloakUrl, realm, clientId } = this.#target;
    const answer = await fetch(`${keycloakUrl}/realms/${realm}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', client_id: clientId, username: this.#who.name, password }),
    });
    return answer.ok ? null : ((await answer.json()) as { error_description: string }).error_description;
  }
}
