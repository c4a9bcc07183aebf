import type { FaultCase } from '../support/fault-case.ts';
import type { Client, Scene } from '../support/scene.ts';

/** A form that breaks off may have made its user all the same: Keycloak's event store says so, and the judge reads it. */
function come(scene: Scene, client: Client, count: number): Promise<unknown> {
  return Promise.allSettled(Array.from({ length: count }, () => scene.register(client, 1)));
}

/** What a crash of Keycloak loses: needs a database that keeps what was committed. */
export const keycloakKilledCases: readonly FaultCase[] = [
  {
    name: 'keycloak-killed-at-registration',
    breaks: 'Keycloak is killed (kill -9) while people register, again and again',
    proves: ['P1', 'P2'],
    ownKeycloak: true,
    async run(scene) {
      const { keycloak } = scene.ownKeycloak;
      await scene.service();
      await scene.register('closed', 1);
      for (let round = 0; round < 3; round++) {
        const coming = Promise.all([come(scene, 'closed', 3), come(scene, 'members', 2), come(scene, 'trash', 2)]);
        await scene.register('closed', 1); // some have their account by now, and others not yet
        await scene.pass(scene.random.between(0, 500));
        await keycloak.crash();
        await coming;
        await keycloak.start();
      }
      await scene.register('closed', 2);
    },
  },
  {
    name: 'keycloak-killed-in-a-rule',
    breaks: 'Keycloak is killed (kill -9) when the service asks it to change a user, and has done so or not',
    proves: ['P1', 'P2'],
    ownKeycloak: true,
    async run(scene) {
      const { keycloak } = scene.ownKeycloak;
      const { proxy, env } = await scene.keycloakProxy();
      await scene.service(env);
      for (const [client, asked] of [
        ['closed', /^PUT \S+\/users\/[0-9a-f-]{36} /],
        ['members', /^PUT \S+\/groups\//],
        ['trash', /^DELETE /],
      ] as const) {
        for (const way of ['ask', 'answer'] as const) {
          let met: object | null = null;
          let down = false;
          proxy.look = async (chunk, towards, connection) => {
            if (towards === 'ask' && met === null && asked.test(chunk.toString('latin1'))) {
              met = connection;
            }
            if (met === connection && towards === way && !down) {
              down = true;
              await keycloak.crash();
              return false;
            }
            return true;
          };
          await come(scene, client, 1);
          await scene.comes(`Keycloak dies in the rule of ${client}`, () => down);
          proxy.look = () => true;
          await keycloak.start();
        }
      }
      await scene.register('closed', 1);
    },
  },
  {
    name: 'keycloak-and-database-killed',
    breaks: 'Keycloak and its PostgreSQL are killed (kill -9) while people register',
    proves: ['P1'],
    ownKeycloak: true,
    async run(scene) {
      const { keycloak, postgres } = scene.ownKeycloak;
      await scene.service();
      const coming = Promise.all([come(scene, 'closed', 4), come(scene, 'members', 3)]);
      await scene.register('closed', 1);
      await scene.pass(scene.random.between(0, 500));
      await Promise.all([postgres.crash(), keycloak.crash()]);
      await coming;
      await postgres.start();
      await keycloak.start();
      await scene.register('closed', 1);
    },
  },
];
