import { randomUUID } from 'node:crypto';

import type { FaultCase } from '../support/fault-case.ts';
import type { Scene } from '../support/scene.ts';
import { recordsOf } from '../../stack/support/kafka-redis.ts';
import { anyTopic, atKafka, ownEvents, ownRedis } from './common.ts';

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
      await atKafka(({ admin }) => admin.deleteGroups([service.settings.KAFKA_GROUP]));
      await service.start();
      await scene.register('closed', 1);
    },
  },
  {
    name: 'flushall-while-kafka-away',
    breaks: 'Redis is emptied while Kafka is away from the service',
    proves: ['P1', 'P2'],
    mailTwice: true,
    async run(scene) {
      const { redis, env } = await ownRedis(scene);
      const way = await scene.kafkaProxy();
      await scene.service({ ...env, ...way.env });
      const [held = '', inside = ''] = await scene.register('portal', 2);
      scene.expect(inside, 'member');
      await scene.decide(inside, 'approve');
      const before = await scene.register('closed', 2);
      await scene.comes('all is done once', async () => {
        const free = await scene.enabled(inside);
        return free === true && (await scene.allDisabled([held, ...before]));
      });
      way.proxy.set({ kind: 'refuse' });
      await scene.register('closed', 2);
      await (await scene.redisClient(redis.url)).flushall();
      await scene.register('closed', 2);
      await scene.register('members', 2);
      await scene.register('trash', 2);
      await scene.pass(20_000);
      way.proxy.heal();
      scene.expect(held, 'member');
      await scene.comes('the link of before works again', async () => {
        const { status } = await scene.decide(held, 'approve');
        return status === 200;
      });
    },
  },
  {
    name: 'dead-letter-refused',
    breaks: 'Kafka refuses the dead letter of a record that nobody can read',
    proves: ['P1', 'P4'],
    async run(scene) {
      const events = await ownEvents(scene);
      const service = await scene.service(events.env);
      const { KAFKA_GROUP: groupId, KAFKA_DEAD_LETTER_TOPIC: letters } = service.settings;
      const committed = (): Promise<number> =>
        atKafka(async ({ admin }) => {
          const [found] = await admin.fetchOffsets({ groupId, topics: [events.topic] });
          return Number(found?.partitions.find(({ partition }) => partition === 0)?.offset ?? -1);
        });
      const kept = (): Promise<number> => atKafka(async (systems) => (await recordsOf(systems, letters)).length);
      await anyTopic(service, { 'max.message.bytes': '10' }, /^KAFKA_DEAD_LETTER_TOPIC$/);
      await events.write(['{ "type": "REGISTER", ']);
      await scene.comes('the service says so', () => service.logged('a dead letter could not be written') > 0);
      const names = await scene.register('closed', 2);
      await events.write(await events.stored());
      await scene.comes('doors are closed meanwhile', () => scene.allDisabled(names));
      scene.claim('the offset stays before the record', (await committed()) <= 0);
      await anyTopic(service, { 'max.message.bytes': '1048588' }, /^KAFKA_DEAD_LETTER_TOPIC$/);
      await scene.comes('the dead letter is kept', async () => (await kept()) > 0);
      await scene.comes('the topic is read to its end', async () => (await committed()) === 3);
    },
  },
  {
    name: 'events-repeated',
    breaks: 'events come five times, out of order, dated a week ago, and after somebody else took the name',
    proves: ['P2', 'P8'],
    async run(scene) {
      const events = await ownEvents(scene);
      await scene.service(events.env);
      const { realm } = scene;
      const names = await scene.register('closed', 3);
      await scene.register('members', 3);
      await realm.register('trash', 'phoenix');
      const first = await events.stored();
      const shuffled = (list: typeof first): typeof first =>
        list
          .map((event) => ({ event, at: scene.random.next() }))
          .toSorted((left, right) => left.at - right.at)
          .map(({ event }) => event);
      await events.write(shuffled([first, first, first, first, first].flat()));
      await scene.comes('all is done once', async () => {
        const gone = (await realm.userNamed('phoenix')) === undefined;
        return gone && (await scene.allDisabled(names));
      });
      await realm.register('members', 'phoenix');
      const again = await realm.userNamed('phoenix');
      const second = (await events.stored()).filter(({ userId }) => userId === again?.id);
      const weekAgo = Date.now() - 7 * 86_400_000;
      // Who may write to the topic, and sign, dates an event of the new account and names the client that deletes.
      const dated = second.map((event) => ({ ...event, id: randomUUID(), clientId: 'trash', time: weekAgo }));
      await events.write(shuffled([...first, ...second, ...first, ...second]));
      await scene.comes('who took the name is a member', async () =>
        (await realm.groupsOf(again?.id ?? '')).includes('/partners'),
      );
      await events.write([...dated, ...dated, ...first]);
      const last = await scene.register('closed', 1); // announced after those
      await events.write((await events.stored()).slice(0, 1));
      await scene.comes('the topic is read to its end', () => scene.allDisabled(last));
    },
  },
];
