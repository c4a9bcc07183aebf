import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import { press } from '../press.ts';
import { loginThroughForm, registerThroughForm } from '../../test/stack/support/registration-form.ts';

export interface Stage {
  readonly keycloakUrl: string;
  readonly inboxUrl: string;
  readonly siteUrl: string;
  readonly realm: string;
  readonly admin: KeycloakAdminClient;
  readonly say: (line: string) => void;
}

interface Person {
  readonly name: string;
  readonly email: string;
  readonly client: string;
}

/** What one person lived through; the promise rejects when it ended otherwise than the rule says. */
export type Story = (stage: Stage) => Promise<void>;

const password = 'correct horse battery';

export const stories: readonly Story[] = [
  async (stage) => {
    const bea = await register(stage, { name: 'bea', email: 'bea@example.test', client: 'blog' });
    await bea.sees('is in the group /readers', async () => (await bea.groups()).includes('/readers'));
    await bea.hears('Welcome');
  },
  async (stage) => {
    const eve = await register(stage, { name: 'eve', email: 'eve@example.test', client: 'staff-tool' });
    await eve.sees('is disabled', async () => (await eve.user())?.enabled === false);
    await eve.sees('is logged out', async () => (await eve.sessions()) === 0);
    await eve.hears('not open for registration');
    await eve.cannotLogIn();
  },
  async (stage) => {
    const tom = await register(stage, { name: 'tom', email: 'tom@mailinator.com', client: 'partner-portal' });
    await tom.sees('is deleted', async () => (await tom.user()) === undefined);
    await tom.hears('was not accepted');
  },
  async (stage) => {
    const paul = await register(stage, { name: 'paul', email: 'paul@example.test', client: 'partner-portal' });
    await paul.waitsAtTheGate();
    await paul.hears('is being looked at');
    await paul.cannotLogIn();
    await decide(stage, 'approve');
    await paul.sees('is let through the gate', async () => !(await paul.isHeld()));
    await paul.sees('is in the group /partners', async () => (await paul.groups()).includes('/partners'));
    await paul.sees('has the role partner-portal / member', async () =>
      (await paul.roles('partner-portal')).includes('member'),
    );
    await paul.hears('is approved');
    await paul.logsIn();
  },
  async (stage) => {
    const nina = await register(stage, { name: 'nina', email: 'nina@example.test', client: 'partner-portal' });
    await nina.waitsAtTheGate();
    await decide(stage, 'reject');
    await nina.sees('is deleted', async () => (await nina.user()) === undefined);
    await nina.hears('was not approved');
  },
];

async function register(stage: Stage, person: Person) {
  const { admin, keycloakUrl, realm, siteUrl, say } = stage;
  const { name, email, client: clientId } = person;
  const target = { keycloakUrl, realm, clientId, redirectUri: `${siteUrl}/${clientId}/callback` };
  const { answeredAt, outcome, page } = await registerThroughForm({
    ...target,
    username: name,
    email,
    firstName: name,
    lastName: 'Example',
    password,
  });
  say(`\n${name} registers for ${clientId} as ${email}`);
  if (outcome === 'error') {
    throw new Error(`${name} could not register`);
  }
  const find = async () => (await admin.users.find({ username: name, exact: true }))[0];
  const id = (await find())?.id ?? '';
  const isHeld = async (): Promise<boolean> => (await find())?.requiredActions?.includes('vestibule-pending') === true;
  const since = (): string => `${Date.now() - answeredAt} ms`.padStart(9);
  return {
    user: find,
    isHeld,
    groups: async () => (await admin.users.listGroups({ id })).map(({ path }) => path),
    roles: async (client: string) =>
      (
        ((await admin.users.listRoleMappings({ id })).clientMappings?.[client]?.mappings ?? []) as { name: string }[]
      ).map((role) => role.name),
    sessions: async () => (await admin.users.listSessions({ id })).length,
    async sees(what: string, ask: () => Promise<boolean>) {
      await until(`${name} ${what}`, async () => ((await ask()) ? true : null));
      say(`  ${since()}  ${what}`);
    },
    /** Keycloak shows a page that says so, in place of the application. */
    async waitsAtTheGate() {
      if (outcome !== 'page' || !page.includes('Almost there') || !(await isHeld())) {
        throw new Error(`${name} should be held at the gate, and is not`);
      }
      say(`  ${since()}  reads "Almost there" and gets no token`);
    },
    async hears(subject: string) {
      const mail = await mailTo(stage, email, subject);
      say(`  ${since()}  gets the mail "${mail.subject}"`);
    },
    async logsIn() {
      if ((await loginThroughForm({ ...target, username: name, password })).outcome !== 'code') {
        throw new Error(`${name} should be able to log in, and is not`);
      }
      say(`  ${since()}  logs in`);
    },
    async cannotLogIn() {
      if ((await loginThroughForm({ ...target, username: name, password })).outcome === 'code') {
        throw new Error(`${name} should not be able to log in, and is`);
      }
      say(`  ${since()}  cannot log in`);
    },
  };
}

/** Opens the link in the newest mail to the partner desk, and presses the button of the page. */
async function decide(stage: Stage, verdict: 'approve' | 'reject'): Promise<void> {
  const mail = await mailTo(stage, 'desk@acme.com', 'please decide');
  const link = /https?:\/\/\S+/.exec(mail.text)?.[0] ?? '';
  const answer = await press(link, verdict);
  if (!answer.ok) {
    throw new Error(`the approval page answers ${answer.status}`);
  }
  stage.say(
    `             the partner desk opens the link in its mail and presses ${verdict === 'approve' ? 'Approve' : 'Reject'}`,
  );
}

interface Mail {
  readonly id: string;
  readonly subject: string;
  readonly text: string;
}

const read = new Set<string>();

/** Waits for a mail that this demo has not read yet. */
async function mailTo({ inboxUrl }: Stage, to: string, subject: string): Promise<Mail> {
  return until(`a mail "${subject}" to ${to}`, async () => {
    const mails = (await (await fetch(`${inboxUrl}/api/messages?to=${encodeURIComponent(to)}`)).json()) as Mail[];
    const found = mails.find((mail) => !read.has(mail.id) && mail.subject.includes(subject));
    if (found !== undefined) {
      read.add(found.id);
    }
    return found ?? null;
  });
}

async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) {
      return answer;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not after 30 s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
