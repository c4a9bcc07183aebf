import type { FaultCase } from '../support/fault-case.ts';
import type { Scene } from '../support/scene.ts';
import type { NetworkFault } from '../support/tcp-faults.ts';

/** People of all kinds register while the way to Keycloak fails. */
async function networkFails(scene: Scene, fault: NetworkFault, ms: number): Promise<void> {
  const { proxy, env } = await scene.keycloakProxy();
  await scene.service({ ...env, KEYCLOAK_TIMEOUT_MS: '4000' });
  await scene.register('closed', 1);
  proxy.set(fault);
  await scene.register('closed', 4);
  await scene.register('members', 3);
  await scene.register('trash', 3);
  await scene.register('portal', 1);
  await scene.pass(ms);
  proxy.heal();
}

const page = '<!doctype html><title>Bad gateway</title>';

/** What a proxy before Keycloak answers by itself. */
const says = (status: string, header = ''): NetworkFault => ({
  kind: 'answers',
  asked: /^[A-Z]+ \S+ HTTP/,
  text: `HTTP/1.1 ${status}\r\n${header}content-type: text/html\r\ncontent-length: ${page.length}\r\n\r\n${page}`,
});

export const keycloakCases: readonly FaultCase[] = [
  {
    name: 'keycloak-answers-swallowed',
    breaks: 'Keycloak does what it is asked, and its answers do not arrive',
    proves: ['P1', 'P2'],
    run: (scene) => networkFails(scene, { kind: 'swallow', way: 'answer' }, 15_000),
  },
  {
    name: 'keycloak-cut-answers',
    breaks: 'each answer of Keycloak is cut after some bytes',
    proves: ['P1', 'P2'],
    run: (scene) => networkFails(scene, { kind: 'reset', afterBytes: scene.random.between(1, 2_000) }, 10_000),
  },
  {
    name: 'keycloak-slow',
    breaks: 'each answer of Keycloak takes 200 ms more',
    proves: ['P1', 'P10'],
    run: (scene) => networkFails(scene, { kind: 'delay', ms: 200 }, 5_000),
  },
  {
    name: 'keycloak-trickles',
    breaks: 'Keycloak’s answers come byte by byte',
    proves: ['P1', 'P2'],
    run: (scene) => networkFails(scene, { kind: 'trickle', bytesPerSecond: 50 }, 15_000),
  },
  {
    name: 'keycloak-answers-503',
    breaks: 'a proxy before Keycloak answers 503 with Retry-After',
    proves: ['P1', 'P2', 'P5'],
    run: (scene) => networkFails(scene, says('503 Service Unavailable', 'retry-after: 3\r\n'), 10_000),
  },
  {
    name: 'keycloak-answers-502',
    breaks: 'a proxy before Keycloak answers 502 with a page of its own',
    proves: ['P1', 'P2', 'P5'],
    run: (scene) => networkFails(scene, says('502 Bad Gateway'), 10_000),
  },
  {
    name: 'keycloak-answers-redirect',
    breaks: 'a proxy before Keycloak sends everybody to a login page',
    proves: ['P1', 'P2', 'P5'],
    run: (scene) => networkFails(scene, says('302 Found', 'location: http://127.0.0.1:9/login\r\n'), 10_000),
  },
  {
    name: 'keycloak-answers-404',
    breaks: 'a proxy before Keycloak does not know the path',
    proves: ['P1', 'P2', 'P5'],
    run: (scene) => networkFails(scene, says('404 Not Found'), 10_000),
  },
  {
    name: 'keycloak-unreachable',
    breaks: 'Keycloak refuses the service’s connections',
    proves: ['P1', 'P3', 'P5'],
    async run(scene) {
      const { proxy, env } = await scene.keycloakProxy();
      await scene.service(env);
      proxy.set({ kind: 'refuse' });
      const names = await scene.register('closed', 3);
      await scene.pass(60_000);
      proxy.heal();
      await scene.comes('doors close within a minute of its return', () => scene.allDisabled(names), 60_000);
    },
  },
  {
    name: 'keycloak-frozen',
    breaks: 'Keycloak itself stands still for half a minute',
    proves: ['P1'],
    ownStack: true,
    async run(scene) {
      await scene.service();
      await scene.register('closed', 1);
      const arriving = Promise.all([scene.register('closed', 5), scene.register('trash', 3)]);
      await scene.pass(scene.random.between(100, 600));
      scene.stack.keycloak.freeze();
      await scene.pass(30_000);
      scene.stack.keycloak.thaw();
      await arriving;
    },
  },
  {
    name: 'secret-wrong-for-a-minute',
    breaks: 'the service account has another secret for a minute',
    proves: ['P1', 'P3', 'P5'],
    async run(scene) {
      const { admin, realm, secret } = scene.realm;
      await admin.realms.update({ realm }, { accessTokenLifespan: 10 });
      await scene.service();
      await scene.register('closed', 1);
      const [client] = await admin.clients.find({ clientId: 'vestibule' });
      const id = client?.id ?? '';
      await admin.clients.update({ id }, { ...client, secret: 'another-secret-than-before' });
      await scene.pass(12_000); // its token is over
      const names = await scene.register('closed', 4);
      await scene.register('members', 1);
      await scene.pass(50_000);
      await admin.clients.update({ id }, { ...client, secret });
      await scene.comes('doors close within a minute', () => scene.allDisabled(names), 60_000);
    },
  },
  {
    name: 'token-lives-two-seconds',
    breaks: 'the service account’s token is over after two seconds, again and again',
    proves: ['P1', 'P2'],
    async run(scene) {
      const { admin, realm } = scene.realm;
      await admin.realms.update({ realm }, { accessTokenLifespan: 2 });
      await scene.service();
      for (let round = 0; round < 4; round++) {
        await scene.register('closed', 2);
        await scene.register('members', 1);
        await scene.pass(scene.random.between(1_000, 3_000));
      }
    },
  },
  {
    name: 'client-disabled',
    breaks: 'the service account’s client is disabled for half a minute',
    proves: ['P1', 'P3', 'P5'],
    async run(scene) {
      const { admin } = scene.realm;
      await scene.service();
      await scene.register('closed', 1);
      const [client] = await admin.clients.find({ clientId: 'vestibule' });
      const id = client?.id ?? '';
      await admin.clients.update({ id }, { ...client, enabled: false });
      const names = await scene.register('closed', 3);
      await scene.register('members', 2);
      await scene.pass(30_000);
      await admin.clients.update({ id }, { ...client, enabled: true });
      await scene.comes('doors close within a minute', () => scene.allDisabled(names), 60_000);
    },
  },
  {
    name: 'group-missing',
    breaks: 'the group of a rule is deleted for a while',
    proves: ['P4', 'P5'],
    async run(scene) {
      const { admin } = scene.realm;
      await scene.service();
      await scene.register('members', 1);
      const [group] = await admin.groups.find({ search: 'partners', exact: true });
      await admin.groups.del({ id: group?.id ?? '' });
      await scene.register('members', 3);
      const others = await scene.register('closed', 3);
      await scene.comes('others are handled meanwhile', () => scene.allDisabled(others), 60_000);
      await admin.groups.create({ name: 'partners' });
    },
  },
  {
    name: 'group-renamed',
    breaks: 'the group of a rule has another name for a while',
    proves: ['P4', 'P5'],
    async run(scene) {
      const { admin } = scene.realm;
      await scene.service();
      await scene.register('members', 1);
      const [group] = await admin.groups.find({ search: 'partners', exact: true });
      const id = group?.id ?? '';
      await admin.groups.update({ id }, { ...group, name: 'partners-of-old' });
      await scene.register('members', 3);
      const others = await scene.register('closed', 3);
      await scene.comes('others are handled meanwhile', () => scene.allDisabled(others), 60_000);
      await admin.groups.update({ id }, { ...group, name: 'partners' });
    },
  },
  {
    name: 'role-removed',
    breaks: 'the service account loses the right to change users for a while',
    proves: ['P1', 'P5'],
    async run(scene) {
      const { admin } = scene.realm;
      await scene.service();
      await scene.register('closed', 1);
      const [client] = await admin.clients.find({ clientId: 'vestibule' });
      const [management] = await admin.clients.find({ clientId: 'realm-management' });
      const account = await admin.clients.getServiceAccountUser({ id: client?.id ?? '' });
      const which = { id: account.id ?? '', clientUniqueId: management?.id ?? '' };
      const roles = await admin.users.listClientRoleMappings(which);
      const manage = roles
        .filter(({ name }) => name === 'manage-users')
        .map(({ id = '', name = '' }) => ({ id, name }));
      await admin.users.delClientRoleMappings({ ...which, roles: manage });
      await scene.register('closed', 4);
      await scene.register('trash', 2);
      await scene.pass(20_000);
      await admin.users.addClientRoleMappings({ ...which, roles: manage });
    },
  },
  {
    name: 'user-deleted-meanwhile',
    breaks: 'an administrator deletes accounts before the service gets to them',
    proves: ['P2', 'P4'],
    async run(scene) {
      const { proxy, env } = await scene.keycloakProxy();
      await scene.service(env);
      proxy.set({ kind: 'refuse' });
      const names = [
        ...(await scene.register('closed', 2, 'gone')),
        ...(await scene.register('members', 2, 'gone')),
        ...(await scene.register('portal', 1, 'gone')),
      ];
      for (const name of names) {
        const user = await scene.realm.userNamed(name);
        await scene.realm.admin.users.del({ id: user?.id ?? '' });
      }
      proxy.heal();
      await scene.register('closed', 1);
    },
  },
];
