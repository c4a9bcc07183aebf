import type { FaultCase } from '../support/fault-case.ts';
import type { Scene } from '../support/scene.ts';
import { Kafka, logLevel } from 'kafkajs';
import { stackEnv } from '../../stack/support/realm.ts';

/** While Kafka is away for the service: the event store is enough to close doors. */
async function doorsClose(scene: Scene): Promise<void> {
  const closed = await scene.register('closed', 4);
  const trash = await scene.register('trash', 3);
  await scene.register('members', 2);
  await scene.comes('doors are closed while Kafka is away', () => scene.allDisabled(closed), 180_000);
  await scene.comes('who is to be deleted is out, or gone', async () =>
    (await Promise.all(trash.map((name) => scene.enabled(name)))).every((enabled) => enabled !== true),
  );
}

export const kafkaCases: readonly FaultCase[] = [
  {
    name: 'kafka-away-with-approval',
    breaks: 'Kafka is away from the service for minutes, and an approval is not published yet',
    proves: ['P1', 'P10'],
    async run(scene) {
      const { proxy, env } = await scene.kafkaProxy();
      await scene.service(env);
      await scene.register('closed', 1);
      proxy.set({ kind: 'refuse' });
      const [asked = ''] = await scene.register('portal', 1);
      await doorsClose(scene);
      const late = await scene.register('closed', 3);
      await scene.comes('and a minute later still', () => scene.allDisabled([...late, asked]), 180_000);
      proxy.heal();
    },
  },
  {
    name: 'kafka-silent',
    breaks: 'Kafka takes what the service sends and answers nothing, for minutes',
    proves: ['P1', 'P10'],
    async run(scene) {
      const { proxy, env } = await scene.kafkaProxy();
      await scene.service(env);
      await scene.register('closed', 1);
      proxy.set({ kind: 'swallow', way: 'answer' });
      await doorsClose(scene);
      proxy.heal();
    },
  },
  {
    name: 'vote-while-kafka-away',
    breaks: 'an approver votes while Kafka is away',
    proves: ['P6', 'P7'],
    async run(scene) {
      const { proxy, env } = await scene.kafkaProxy();
      await scene.service(env);
      const [name = ''] = await scene.register('portal', 1);
      await scene.request(name);
      await scene.comes('the person waits outside', () => scene.allDisabled([name]));
      proxy.set({ kind: 'refuse' });
      scene.expect(name, 'member');
      const { page } = await scene.decide(name, 'approve');
      scene.claim('the page does not say that nothing was decided', !page.includes('Nothing was decided'));
      proxy.heal();
      await scene.comes('the vote is in the audit', async () =>
        (await scene.audit()).some(({ kind }) => kind === 'voted'),
      );
    },
  },
  {
    name: 'kafka-crash',
    breaks: 'Kafka itself is killed while people register, so that Keycloak’s listener loses their events',
    proves: ['P1'],
    ownStack: true,
    async run(scene) {
      await scene.service();
      await scene.register('closed', 1);
      await scene.stack.kafka.crash();
      try {
        await doorsClose(scene);
        await scene.register('portal', 1);
      } finally {
        await scene.stack.kafka.start();
      }
      await scene.register('closed', 2);
    },
  },
  {
    name: 'kafka-frozen',
    breaks: 'Kafka itself stands still for a minute while people register',
    proves: ['P1'],
    ownStack: true,
    async run(scene) {
      await scene.service();
      await scene.register('closed', 1);
      scene.stack.kafka.freeze();
      try {
        await scene.register('closed', 4);
        await scene.register('members', 2);
        await scene.register('trash', 2);
        await scene.pass(60_000);
      } finally {
        scene.stack.kafka.thaw();
      }
      await scene.register('closed', 2);
    },
  },
  {
    name: 'offsets-deleted',
    breaks: 'the consumer group’s offsets are deleted, so that the whole topic is read again',
    proves: ['P2', 'P8'],
    async run(scene) {
      const service = await scene.service();
      const names = await scene.register('closed', 3);
      await scene.register('members', 3);
      const [asked = ''] = await scene.register('portal', 1);
      await scene.request(asked);
      await scene.comes('all is done once', () => scene.allDisabled([...names, asked]));
      await service.stop();
      const kafka = new Kafka({ brokers: stackEnv.KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING });
      const admin = kafka.admin();
      await admin.connect();
      await admin.deleteGroups([service.settings.KAFKA_GROUP]);
      await admin.disconnect();
      await service.start();
      await scene.register('closed', 1);
    },
  },
];
