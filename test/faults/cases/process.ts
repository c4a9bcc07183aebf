import type { FaultCase } from '../support/fault-case.ts';

export const processCases: readonly FaultCase[] = [
  {
    name: 'service-killed',
    breaks: 'the service is killed (kill -9) again and again while people register',
    proves: ['P1', 'P2'],
    mailTwice: true,
    async run(scene) {
      const service = await scene.service();
      const arriving = Promise.all([
        scene.register('closed', 8),
        scene.register('members', 6),
        scene.register('trash', 6),
        scene.register('portal', 3),
      ]);
      for (let round = 0; round < 4; round++) {
        await scene.pass(scene.random.between(50, 900));
        await service.kill();
        await service.start();
      }
      await arriving;
    },
  },
  {
    name: 'service-killed-once',
    breaks: 'the service is killed (kill -9) while people register, and starts again',
    proves: ['P1', 'P2'],
    fast: true,
    mailTwice: true,
    async run(scene) {
      const service = await scene.service();
      const arriving = Promise.all([
        scene.register('closed', 5),
        scene.register('members', 3),
        scene.register('trash', 3),
      ]);
      await scene.pass(scene.random.between(50, 500));
      await service.kill();
      await service.start();
      await arriving;
    },
  },
  {
    name: 'service-stopped-under-load',
    breaks: 'the service is asked to stop (SIGTERM) while people register, and starts again',
    proves: ['P1', 'P2'],
    async run(scene) {
      const service = await scene.service();
      const arriving = Promise.all([
        scene.register('closed', 8),
        scene.register('members', 4),
        scene.register('trash', 4),
      ]);
      await scene.pass(scene.random.between(100, 700));
      await service.stop();
      await service.start();
      await arriving;
    },
  },
  {
    name: 'service-stopped-twice',
    breaks: 'the service is asked to stop twice (SIGTERM, SIGTERM) while people register, and starts again',
    proves: ['P1', 'P2'],
    mailTwice: true,
    async run(scene) {
      const service = await scene.service();
      const arriving = Promise.all([
        scene.register('closed', 6),
        scene.register('members', 3),
        scene.register('trash', 3),
        scene.register('portal', 2),
      ]);
      await scene.pass(scene.random.between(100, 900));
      await service.stopAtOnce();
      await service.start();
      await arriving;
    },
  },
  {
    name: 'poison-job',
    breaks: 'three times, the process dies whenever it asks Keycloak about one person',
    proves: ['P1', 'P4'],
    async run(scene) {
      const { proxy, env } = await scene.keycloakProxy();
      const service = await scene.service(env);
      let poison = 'nobody yet';
      let deaths = 0;
      let down: Promise<void> = Promise.resolve();
      proxy.look = async (chunk, way) => {
        if (way === 'answer' || deaths === 3 || !chunk.toString('latin1').includes(poison)) {
          return true;
        }
        deaths += 1;
        await service.kill();
        down = service.start();
        return false;
      };
      const [name = ''] = await scene.register('members', 1);
      poison = (await scene.realm.userNamed(name))?.id ?? '';
      const others = await scene.register('closed', 5);
      await scene.comes('the others are handled', () => scene.allDisabled(others));
      await scene.comes('the process died three times, or the person was handled before', async () => {
        const groups = await scene.realm.groupsOf(poison);
        return deaths === 3 || groups.length > 0;
      });
      await down;
      scene.note(`${deaths} deaths`);
    },
  },
  {
    name: 'instance-frozen',
    breaks: 'one of two instances stands still three times longer than its locks, and then goes on',
    proves: ['P1', 'P2'],
    mailTwice: true,
    async run(scene) {
      const first = await scene.service();
      await scene.service({}, { beside: first });
      const arriving = Promise.all([
        scene.register('closed', 8),
        scene.register('members', 6),
        scene.register('trash', 6),
      ]);
      await scene.pass(scene.random.between(50, 500));
      first.freeze();
      await arriving;
      await scene.pass(35_000);
      first.thaw();
    },
  },
  {
    name: 'dead-member',
    breaks: 'one of two instances dies without a word, and its share of the partitions with it',
    proves: ['P1', 'P3'],
    exposureMs: 45_000,
    async run(scene) {
      const first = await scene.service();
      const second = await scene.service({}, { beside: first });
      await scene.register('closed', 2);
      await second.kill();
      await scene.register('closed', 12);
    },
  },
  {
    name: 'members-come-and-go',
    breaks: 'a second instance starts and stops again and again while people register',
    proves: ['P1', 'P2', 'P8'],
    async run(scene) {
      const first = await scene.service();
      const second = await scene.service({}, { beside: first });
      const arriving = Promise.all([scene.register('closed', 12), scene.register('members', 10)]);
      for (let round = 0; round < 3; round++) {
        await second.stop();
        await second.start();
      }
      await arriving;
    },
  },
  {
    name: 'burst',
    breaks: 'sixty people register at once, and each call to Keycloak takes 100 ms more',
    proves: ['P10'],
    async run(scene) {
      const { proxy, env } = await scene.keycloakProxy();
      await scene.service(env);
      proxy.set({ kind: 'delay', ms: 100 });
      await Promise.all([scene.register('portal', 20), scene.register('members', 20), scene.register('closed', 20)]);
      proxy.set({ kind: 'pass' });
    },
  },
];
