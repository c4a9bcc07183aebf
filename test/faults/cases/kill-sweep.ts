import { stackEnv } from '../../stack/support/realm.ts';
import { press } from '../../../stack/press.ts';
import { linkIn } from '../../stack/support/inbox.ts';
import type { FaultCase } from '../support/fault-case.ts';
import type { Instance } from '../support/instance.ts';
import { KillPoints, type Moment, moments } from '../support/kill-points.ts';
import type { Random } from '../support/random.ts';
import type { Scene } from '../support/scene.ts';
import { ownRedis } from './common.ts';

/** A point that comes often is tried so often, with other people and at another time. */
const timesAtMost = 3;
/** So many people of each kind pass before the points are chosen. */
const rounds = 3;

/**
 * The sweep over the points of a crash, with real processes: registration, vote, outcome, mail and delayed step. People
 * come, and approvers vote. First nothing breaks, and each kind of packet is counted. Then the service is
 * killed at each of them, before or after the system did what it was asked, and starts again. A crash hook in the service
 * is not needed: the proxies before the systems see every packet.
 *
 * @param most so many kills, which the seed chooses; without it, every one
 */
export function killSweep(most = Infinity): FaultCase {
  return {
    name: 'kill-sweep',
    breaks: 'the service is killed (kill -9) at packets to Keycloak, Redis, Kafka and the mail server',
    proves: ['P1', 'P2', 'P6'],
    mailTwice: true,
    run: (scene) => sweep(scene, most),
  };
}

async function sweep(scene: Scene, most: number): Promise<void> {
  const { service, points } = await behindProxies(scene);
  const idle = await passed(points, () => scene.pass(8_000));
  const usual = await passed(points, async () => {
    for (let round = 0; round < rounds; round++) {
      await crowd(scene);
    }
    await scene.pass(5_000); // their delayed steps
  });
  const all = killsAt(usual, idle);
  const chosen = shuffled(all, scene.random).slice(0, most);
  let kills = 0;
  for (const [point, moment] of chosen) {
    const killed = await killedAmong(scene, service, () => points.killAt(point, moment, 20_000));
    scene.trail.push(`${new Date().toISOString()} ${moment} ${point}${killed ? '' : ': did not come'}`);
    kills += Number(killed);
  }
  scene.note(`${usual.size} points, ${all.length} ways to die there; tried ${chosen.length}, killed ${kills} times`);
  scene.claim('nine of ten points came again', kills >= chosen.length * 0.9);
}

/**
 * People come, the service is killed, starts again, and gets them through before it is killed again. A job at which the
 * process died six times is given up: it could be what kills it.
 */
async function killedAmong(scene: Scene, service: Instance, kill: () => Promise<boolean>): Promise<boolean> {
  const coming = crowd(scene);
  const killed = await kill();
  if (killed) {
    await service.start();
  }
  await coming;
  return killed;
}

interface Swept {
  readonly service: Instance;
  readonly points: KillPoints;
}

async function behindProxies(scene: Scene): Promise<Swept> {
  const { redis } = await ownRedis(scene);
  const proxies = {
    keycloak: await scene.proxy(new URL(stackEnv.KEYCLOAK_URL).port),
    redis: await scene.proxy(redis.port),
    kafka: await scene.proxy(stackEnv.KAFKA_BROKERS.split(':')[1] ?? ''),
    smtp: await scene.proxy(new URL(stackEnv.SMTP_URL).port),
  };
  const later = scene.rulesOf('trash', '[disable-user, { delete-user: { after: 3s } }]');
  const service = await scene.service(
    {
      KEYCLOAK_URL: `http://127.0.0.1:${proxies.keycloak.port}`,
      REDIS_URL: `redis://127.0.0.1:${proxies.redis.port}`,
      KAFKA_BROKERS: `127.0.0.1:${proxies.kafka.port}`,
      SMTP_URL: `smtp://127.0.0.1:${proxies.smtp.port}`,
    },
    { rules: { ...scene.rules(), 'trash.yaml': later } },
  );
  return { service, points: new KillPoints(proxies, () => service.kill()) };
}

/** What passed meanwhile, and how often. */
async function passed(points: KillPoints, meanwhile: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  points.counts.clear();
  await meanwhile();
  return new Map(points.counts);
}

/** One person for each kind of end; over when the two votes are in. */
async function crowd(scene: Scene): Promise<void> {
  const asked = await scene.register('portal', 2);
  await scene.register('closed', 1);
  await scene.register('trash', 1);
  await scene.register('members', 1);
  const [yes = '', no = ''] = asked;
  await Promise.all([vote(scene, yes, 'approve'), vote(scene, no, 'reject')]);
}

/** As an approver does: whoever gets no answer presses again. */
async function vote(scene: Scene, name: string, verdict: 'approve' | 'reject'): Promise<void> {
  scene.expect(name, verdict === 'approve' ? 'member' : 'gone');
  const received = async (): Promise<boolean> => {
    const { status } = await press(linkIn(await scene.request(name, 1_000)), verdict);
    return status < 500;
  };
  await scene.comes(`the vote on ${name} is received`, received, 240_000);
}

/** Each point as often as it came, in both ways. What also comes while nobody does anything is tried once. */
function killsAt(usual: ReadonlyMap<string, number>, idle: ReadonlyMap<string, number>): [string, Moment][] {
  return [...usual].flatMap(([point, count]) =>
    Array.from({ length: idle.has(point) ? 1 : Math.min(timesAtMost, Math.ceil(count / rounds)) }).flatMap(() =>
      moments.map((moment): [string, Moment] => [point, moment]),
    ),
  );
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((item) => ({ item, at: random.next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
