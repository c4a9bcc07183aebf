import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { kafkaLibs } from '../../../stack/distributions/kafka.ts';
import { launch, untilReady } from '../../../stack/launch.ts';
import { freePort } from '../../../stack/ports.ts';
import { kafkaServer } from '../../../stack/servers/kafka.ts';
import { stopGroup } from '../../../stack/stop-group.mjs';
import { guardedBy } from './guarded.ts';

/** A Kafka of a test's own, to be frozen and killed. What was acknowledged outlives it. */
export async function startOwnKafka() {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-kafka-'));
  const port = await freePort();
  const controllerPort = await freePort([port]);
  const libs = await kafkaLibs(() => undefined);
  const server = await kafkaServer({ libs, dataDir: join(dir, 'kafka'), port, controllerPort });
  const log = join(dir, 'kafka.log');
  let guardian = 0;
  let broker = 0;

  async function start(): Promise<void> {
    const child = await launch(server, log, false);
    guardian = child.pid ?? 0;
    await untilReady(server, child, log, new AbortController().signal);
    broker = await guardedBy(guardian);
  }

  try {
    await start();
  } catch (error) {
    await stopGroup(guardian);
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
  return {
    brokers: `127.0.0.1:${port}`,
    freeze: () => process.kill(broker, 'SIGSTOP'),
    thaw: () => process.kill(broker, 'SIGCONT'),
    kill: async () => {
      process.kill(broker, 'SIGKILL');
      await stopGroup(guardian);
    },
    start,
    stop: async () => {
      await stopGroup(guardian);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export type OwnKafka = Awaited<ReturnType<typeof startOwnKafka>>;
