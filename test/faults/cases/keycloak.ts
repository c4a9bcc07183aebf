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
