import { Redis } from 'ioredis';

import { approverLink } from '../test/stack/support/approver-link.ts';
import { stackEnv, type TestRealm } from '../test/stack/support/realm.ts';
import type { TestService } from '../test/stack/support/service.ts';
import { requireStack } from './bench-realm.ts';
import { doorRealm, startAtDoor } from './door/scene.ts';
import { figures, median } from './figures.ts';
import { inTurns } from './turns.ts';

const usage = 'npm run bench -- approval-click [APPROVALS [AT-ONCE …]]';

const contestants = { account: 'hold: account', gate: 'hold: gate' } as const;
type Contestant = keyof typeof contestants;
const names = Object.keys(contestants) as Contestant[];
/** Each realm of Keycloak has a client `account` already. */
const clientOf = (name: Contestant): string => `held-by-${name}`;

interface Seen {
  /** From the press to its answer. */
  readonly answerMs: number[];
  /** From the press to a token by password. */
  readonly inMs: number[];
  /** One login alone, of a person who is in. */
  readonly loginMs: number[];
}

/**
 * From the approver's press of "Approve" to the moment when the person has a token by password, after one group join. The
 * person tries to log in without a pause from the press on, so each figure has one whole login in it, which is told too.
 */
export async function run([count = '100', ...atOnce]: readonly string[]): Promise<void> {
  requireStack(usage);
  const realm = await doorRealm('bench-click', names.map(clientOf), ['/readers']);
  const service = await startAtDoor(
    realm,
    Object.fromEntries(names.map((name) => [`${name}.yaml`, fileOf(realm, name)])),
  );
  const redis = new Redis(stackEnv.REDIS_URL);
  try {
    await measure({ realm, service, redis }, 'warm', 10, 2);
    for (const size of atOnce.length === 0 ? [1, 8] : atOnce.map(Number)) {
      const seen = await measure({ realm, service, redis }, `u${size}`, Number(count), size);
      console.log(`\n${size} at a time, ${count} approvals each`);
      for (const name of names) {
        const { answerMs, inMs, loginMs } = seen[name];
        console.log(
          `  ${contestants[name].padEnd(14)} can log in ${figures(inMs)}   answer to the press ${figures(answerMs)}   ` +
            `one login alone ${figures(loginMs)}   ${(median(inMs) / median(loginMs)).toFixed(1)} logins`,
        );
      }
    }
  } finally {
    redis.disconnect();
    await service.dispose();
    await realm.dispose();
  }
}

interface Scene {
  readonly realm: TestRealm;
  readonly service: TestService;
  readonly redis: Redis;
}

function fileOf({ realm }: TestRealm, name: Contestant): string {
  return `version: 1
realm: ${realm}
clients: [${clientOf(name)}]
rules:
  - name: the desk decides
    then:
      - request-approval:
          approvers: [desk@${realm}.test]
          hold: ${name}
          approved: [{ join-group: /readers }]
`;
}

async function measure(
  { realm, service, redis }: Scene,
  prefix: string,
  count: number,
  atOnce: number,
): Promise<Readonly<Record<Contestant, Seen>>> {
  const nothing = (): Seen => ({ answerMs: [], inMs: [], loginMs: [] });
  const seen = { account: nothing(), gate: nothing() };
  await inTurns(names, { count, atOnce, restMs: 250 }, async (name, number) => {
    const username = `${prefix}-${number}`;
    await realm.register(clientOf(name), username);
    const userId = (await realm.userNamed(username))?.id ?? '';
    const { link } = await approverLink(service, redis, { realm: realm.realm, userId });
    const fields = await fieldsOf(link);
    const login = () => hasToken(realm, clientOf(name), username);
    if (await login()) {
      throw new Error(`${username} is in before anybody approved`);
    }
    const begun = performance.now();
    const pressed = fetch(link, { method: 'POST', body: fields, redirect: 'manual' }).then(({ status }) => {
      seen[name].answerMs.push(performance.now() - begun);
      return status;
    });
    while (!(await login())) {
      if (performance.now() - begun > 60_000) {
        throw new Error(`${username} did not get in: the press was answered with ${await pressed}`);
      }
    }
    seen[name].inMs.push(performance.now() - begun);
    await pressed;
    const again = performance.now();
    await login();
    seen[name].loginMs.push(performance.now() - again);
  });
  return seen;
}

/** What the form of the page carries, with "Approve". */
async function fieldsOf(link: string): Promise<URLSearchParams> {
  const page = await (await fetch(link)).text();
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const fields = new Map(hidden.map(([, name = '', value = '']) => [name, value]));
  return new URLSearchParams([...fields, ['decision', 'approve']]);
}

async function hasToken({ realm }: TestRealm, clientId: string, username: string): Promise<boolean> {
  const answer = await fetch(`${stackEnv.KEYCLOAK_URL}/realms/${realm}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: clientId, username, password: 'correct horse' }),
  });
  await answer.arrayBuffer();
  return answer.ok;
}
