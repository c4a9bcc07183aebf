import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stackEnv } from '../../stack/support/realm.ts';
import type { OwnRedis } from './breakable.ts';
import type { Instance } from './instance.ts';
import type { FaultyMailServer } from './mail-server.ts';
import type { Random } from './random.ts';
import type { Client, Scene } from './scene.ts';
import type { NetworkFault, TcpFaults } from './tcp-faults.ts';

interface World {
  readonly scene: Scene;
  readonly instances: readonly Instance[];
  readonly redis: OwnRedis;
  readonly mail: FaultyMailServer;
  readonly proxies: { readonly keycloak: TcpFaults; readonly kafka: TcpFaults; readonly smtp: TcpFaults };
}

/** One fault from its beginning to its end. */
type SoakFault = (world: World, random: Random) => Promise<void>;

const seconds = (random: Random, least: number, most: number): number => random.between(least * 1_000, most * 1_000);

function network(random: Random): NetworkFault {
  return random.of<NetworkFault>([
    { kind: 'refuse' },
    { kind: 'swallow', way: random.of(['ask', 'answer', 'both'] as const) },
    { kind: 'reset', afterBytes: random.between(1, 1_500) },
    { kind: 'delay', ms: random.between(20, 500) },
    { kind: 'trickle', bytesPerSecond: random.between(50, 500) },
  ]);
}

function networkFault(which: keyof World['proxies']): SoakFault {
  return async ({ scene, proxies }, random) => {
    proxies[which].set(network(random));
    await scene.pass(seconds(random, 3, 15));
    proxies[which].heal();
  };
}

/** What may happen; the seed says what, when and for how long. */
const faults: Readonly<Record<string, SoakFault>> = {
  'service killed': async ({ instances }, random) => {
    const one = random.of(instances);
    await one.kill();
    await one.start();
  },
  'service frozen': async ({ scene, instances }, random) => {
    const one = random.of(instances);
    one.freeze();
    await scene.pass(seconds(random, 3, 25));
    one.thaw();
  },
  'Redis frozen': async ({ scene, redis }, random) => {
    redis.server.freeze();
    await scene.pass(seconds(random, 2, 15));
    redis.server.thaw();
  },
  'Redis killed, with its data': async ({ scene, redis }, random) => {
    await redis.server.crash();
    await scene.pass(seconds(random, 0, 5));
    await redis.server.start();
  },
  'Redis killed, without its data': async ({ scene, redis }, random) => {
    await redis.server.crash();
    await scene.pass(seconds(random, 0, 5));
    await redis.startEmpty();
  },
  'network to Keycloak': networkFault('keycloak'),
  'network to Kafka': networkFault('kafka'),
  'network to the mail server': networkFault('smtp'),
  'mail server refuses the login': async ({ scene, mail }, random) => {
    mail.fault = 'refuses the login';
    await scene.pass(seconds(random, 3, 15));
    mail.fault = 'none';
  },
  'rules written again': async ({ instances }) => {
    for (const one of instances) {
      await appendFile(join(one.rulesDir, 'closed.yaml'), '# again\n');
    }
  },
  'Kafka frozen': async ({ scene }, random) => {
    scene.stack.kafka.freeze();
    await scene.pass(seconds(random, 3, 20));
    scene.stack.kafka.thaw();
  },
  'Kafka killed': async ({ scene }) => {
    await scene.stack.kafka.crash();
    await scene.stack.kafka.start();
  },
  'Keycloak frozen': async ({ scene }, random) => {
    scene.stack.keycloak.freeze();
    await scene.pass(seconds(random, 2, 12));
    scene.stack.keycloak.thaw();
  },
};

/** People register all the time, and one random fault follows the other. At the end everything works again. */
export async function soak(scene: Scene, minutes: number): Promise<void> {
  const { random } = scene;
  const world = await open(scene);
  const until = Date.now() + minutes * 60_000;
  const over = (): boolean => Date.now() > until;
  const people = register(scene, over);
  while (!over()) {
    await scene.pass(random.between(200, 4_000));
    const name = random.of(Object.keys(faults));
    await scene.breaks(name, async () => faults[name]?.(world, random));
  }
  const { refused } = await people;
  scene.note(`forms that Keycloak did not answer: ${refused}`);
}

async function open(scene: Scene): Promise<World> {
  const redis = await scene.redis();
  const mail = await scene.mailServer();
  const proxies = {
    keycloak: await scene.proxy(new URL(stackEnv.KEYCLOAK_URL).port),
    kafka: await scene.proxy(stackEnv.KAFKA_BROKERS.split(':')[1] ?? ''),
    smtp: await scene.proxy(mail.port),
  };
  const env = {
    KEYCLOAK_URL: `http://127.0.0.1:${proxies.keycloak.port}`,
    KAFKA_BROKERS: `127.0.0.1:${proxies.kafka.port}`,
    REDIS_URL: redis.url,
    SMTP_URL: `smtp://vestibule:secret@127.0.0.1:${proxies.smtp.port}`,
    LOG_LEVEL: 'info',
  };
  const first = await scene.service(env);
  const second = await scene.service(env, { beside: first });
  return { scene, instances: [first, second], redis, mail, proxies };
}

/** A choice of its own, so that the faults of a seed do not hang on how many people came. */
async function register(scene: Scene, over: () => boolean): Promise<{ refused: number }> {
  const clients: readonly Client[] = ['closed', 'closed', 'members', 'trash', 'portal'];
  let refused = 0;
  for (let turn = 0; !over(); turn++) {
    // A form that breaks off may have made its user all the same; the event store says so.
    await scene.register(clients[turn % clients.length] ?? 'closed', 1).catch(() => (refused += 1));
    await scene.pass(300);
  }
  return { refused };
}
