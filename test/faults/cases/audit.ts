import type { FaultCase } from '../support/fault-case.ts';
import type { Instance } from '../support/instance.ts';
import type { Scene } from '../support/scene.ts';
import { auditTopic } from './common.ts';
import { securedKafka } from './secured-kafka.ts';

/** While the audit topic refuses: doors are closed, nothing crashes, nobody is deleted, and afterwards all is done. */
async function whileRefused(scene: Scene, service: Instance, heal: () => Promise<unknown>): Promise<void> {
  await whileWrong(scene, service, async (trash) => {
    const there = await Promise.all(trash.map((name) => scene.enabled(name)));
    scene.claim('nobody is deleted meanwhile', !there.includes(undefined));
    await heal();
  });
}

/** Doors are closed, nothing crashes, and afterwards all is done. */
async function whileWrong(
  scene: Scene,
  service: Instance,
  heal: (trash: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const closed = await scene.register('closed', 4);
  const trash = await scene.register('trash', 3);
  await scene.register('members', 2);
  const [asked = ''] = await scene.register('portal', 1);
  await scene.comes('doors are closed meanwhile', () => scene.allDisabled([...closed, asked]));
  // The door of somebody who is deleted later is closed at once; or they are gone already.
  await scene.comes('who is to be deleted is out, or gone', async () =>
    (await Promise.all(trash.map((name) => scene.enabled(name)))).every((enabled) => enabled !== true),
  );
  scene.claim('the service does not crash', service.crashes === 0);
  await heal(trash);
}

export const auditCases: readonly FaultCase[] = [
  {
    name: 'audit-too-large',
    breaks: 'the audit topic refuses every record as too large',
    proves: ['P1', 'P4', 'P7'],
    fast: true,
    async run(scene) {
      const service = await scene.service();
      await auditTopic(service, { 'max.message.bytes': '10' });
      await whileRefused(scene, service, () => auditTopic(service, { 'max.message.bytes': '1048588' }));
    },
  },
  {
    name: 'audit-acl-withdrawn',
    breaks: 'the right to write the audit topic is withdrawn; events come by the event store only',
    proves: ['P1', 'P7'],
    async run(scene) {
      const kafka = await securedKafka(scene);
      const service = await scene.service(kafka.env);
      await kafka.deny(service.settings.KAFKA_AUDIT_TOPIC);
      await whileRefused(scene, service, () => kafka.allow(service.settings.KAFKA_AUDIT_TOPIC));
    },
  },
  {
    name: 'approval-while-audit-refuses',
    breaks: 'approvers vote while the audit topic refuses every record',
    proves: ['P6', 'P7'],
    async run(scene) {
      const service = await scene.service();
      const [yes = '', no = ''] = await scene.register('portal', 2);
      await Promise.all([scene.request(yes), scene.request(no)]);
      await scene.comes('both wait outside', () => scene.allDisabled([yes, no]));
      await auditTopic(service, { 'max.message.bytes': '10' });
      scene.expect(yes, 'member');
      scene.expect(no, 'gone');
      await scene.decide(yes, 'approve');
      await scene.decide(no, 'reject');
      await scene.pass(10_000);
      scene.claim('nobody is let in or deleted meanwhile', await scene.allDisabled([yes, no]));
      scene.claim('the service does not crash', service.crashes === 0);
      await auditTopic(service, { 'max.message.bytes': '1048588' });
    },
  },
  {
    name: 'clock-ahead',
    breaks: 'the clock is two hours ahead, more than Kafka takes from a sender',
    proves: ['P1', 'P7'],
    async run(scene) {
      const service = await scene.service(scene.clock(2 * 3_600_000));
      await whileWrong(scene, service, async () => process.kill(service.pid, 'SIGUSR2'));
    },
  },
  {
    name: 'clock-behind',
    breaks: 'the clock is ten minutes behind, and put right while registrations wait',
    proves: ['P1'],
    async run(scene) {
      const service = await scene.service(scene.clock(-600_000));
      await scene.register('closed', 4);
      await scene.register('members', 2);
      await scene.register('trash', 2);
      await scene.pass(5_000);
      process.kill(service.pid, 'SIGUSR2');
    },
  },
];
