import { stackEnv } from '../../stack/support/realm.ts';
import type { FaultCase } from '../support/fault-case.ts';
import type { Instance } from '../support/instance.ts';
import { KillPoints, type Moment, moments, type System, systems } from '../support/kill-points.ts';
import type { Scene } from '../support/scene.ts';
import { ownRedis } from './common.ts';

/** How many points of each system are tried in one run, spread over all that there are; the seed moves them. */
const pointsEach = 5;

/**
 * The sweep over the points of a crash, with real processes. One scenario runs once to count what the service asks of
 * each system; then it runs again for each chosen point, and the service is killed there, before or after the system did
 * what it was asked. A crash hook in the service is not needed: the proxies before the systems see every packet.
 */
export const killSweep: FaultCase = {
  name: 'kill-sweep',
  breaks: 'the service is killed (kill -9) at packets to Keycloak, Redis, Kafka and the mail server',
  proves: ['P1', 'P2'],
  mailTwice: true,
  async run(scene) {
    const { service, points, asked } = await behindProxies(scene);
    const counted = points();
    counted.count();
    await scenario(scene, asked);
    const counts = { ...counted.counts };
    let runs = 0;
    for (const [system, at, moment] of chosen(scene, counts)) {
      const armed = points();
      armed.arm(system, at, moment);
      const done = scenario(scene, asked);
      await Promise.race([done, scene.when(() => armed.killed)]);
      if (armed.killed) {
        runs += 1;
        await service.start();
      }
      await done;
    }
    const sum = systems.map((system) => `${system} ${counts[system]}`).join(', ');
    scene.note(`points in one run: ${sum}; killed at ${runs} of them`);
    scene.claim('the service was killed at most of the chosen points', runs >= pointsEach * 4);
  },
};

interface Swept {
  readonly service: Instance;
  /** Counts anew. */
  readonly points: () => KillPoints;
  /** Requests that approvers got, each counted once. */
  readonly asked: () => number;
}

async function behindProxies(scene: Scene): Promise<Swept> {
  const { redis } = await ownRedis(scene);
  const mail = await scene.mailServer();
  const proxies = {
    keycloak: await scene.proxy(new URL(stackEnv.KEYCLOAK_URL).port),
    redis: await scene.proxy(redis.port),
    kafka: await scene.proxy(stackEnv.KAFKA_BROKERS.split(':')[1] ?? ''),
    smtp: await scene.proxy(mail.port),
  };
  const service = await scene.service({
    KEYCLOAK_URL: `http://127.0.0.1:${proxies.keycloak.port}`,
    REDIS_URL: `redis://127.0.0.1:${proxies.redis.port}`,
    KAFKA_BROKERS: `127.0.0.1:${proxies.kafka.port}`,
    SMTP_URL: `smtp://127.0.0.1:${proxies.smtp.port}`,
  });
  return {
    service,
    asked: () => new Set(mail.taken.filter((line) => line.startsWith(scene.desk))).size,
    points() {
      const points = new KillPoints(() => service.kill());
      systems.forEach((system) => points.watch(system, proxies[system]));
      return points;
    },
  };
}

/** One person for each kind of end; over when each of them is there. */
async function scenario(scene: Scene, asked: Swept['asked']): Promise<void> {
  const before = asked();
  const names = {
    closed: await scene.register('closed', 1),
    trash: await scene.register('trash', 1),
    members: await scene.register('members', 1),
    portal: await scene.register('portal', 1),
  };
  const arrived = async (): Promise<boolean> => {
    const [closed, portal, trash] = await Promise.all(
      [names.closed, names.portal, names.trash].map(([name = '']) => scene.enabled(name)),
    );
    const member = await scene.realm.userNamed(names.members[0] ?? '');
    const groups = await scene.realm.groupsOf(member?.id ?? '');
    return (
      asked() > before && closed === false && portal === false && trash === undefined && groups.includes('/partners')
    );
  };
  await scene.when(arrived, 120_000);
}

function chosen(scene: Scene, counts: Readonly<Record<System, number>>): [System, number, Moment][] {
  return systems.flatMap((system) =>
    Array.from({ length: pointsEach }, (_, index) => {
      const share = counts[system] / pointsEach;
      return Math.min(counts[system] - 1, Math.floor(share * (index + scene.random.next())));
    }).flatMap((at) => moments.map((moment): [System, number, Moment] => [system, at, moment])),
  );
}
