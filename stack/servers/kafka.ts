import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Kafka, logLevel } from 'kafkajs';

import { command } from '../command.ts';
import type { Server } from './server.ts';

interface KafkaOptions {
  readonly libs: string;
  readonly dataDir: string;
  readonly port: number;
  readonly controllerPort: number;
  /** Clients log in with SCRAM-SHA-512, and may do only what they were granted; this user may do all. */
  readonly secured?: { readonly user: string; readonly password: string };
}

/** One Kafka node that is broker and controller (KRaft). */
export async function kafkaServer(options: KafkaOptions): Promise<Server> {
  const { libs, dataDir, port, controllerPort, secured } = options;
  const logDir = join(dataDir, 'log');
  const log4j = join(dataDir, 'log4j2.properties');
  const properties = join(dataDir, 'server.properties');
  await mkdir(dataDir, { recursive: true });
  await writeFile(log4j, toProperties(logging));
  await writeFile(
    properties,
    toProperties({
      'process.roles': 'broker,controller',
      'node.id': 1,
      listeners: `CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `CLIENTS://127.0.0.1:${port}`,
      'listener.security.protocol.map': `CLIENTS:${secured ? 'SASL_PLAINTEXT' : 'PLAINTEXT'},CONTROLLER:PLAINTEXT`,
      'inter.broker.listener.name': 'CLIENTS',
      ...(secured ? loginAndRights(secured) : {}),
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
      'log.dirs': logDir,
      'num.partitions': 3,
      'offsets.topic.replication.factor': 1,
      'offsets.topic.num.partitions': 3,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'transaction.state.log.num.partitions': 3,
      'share.coordinator.state.topic.replication.factor': 1,
      'share.coordinator.state.topic.min.isr': 1,
      'group.initial.rebalance.delay.ms': 0,
      'auto.create.topics.enable': false,
    }),
  );
  const java = [
    '-Xmx384m',
    '-Xms128m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    `-Dlog4j2.configurationFile=${log4j}`,
    '-cp',
    `${libs}/*`,
  ];
  if (!existsSync(join(logDir, 'meta.properties'))) {
    await command('java', [
      ...java,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      'dmVzdGlidWxlLXN0YWNrMA',
      '-c',
      properties,
      ...(secured ? ['--add-scram', `SCRAM-SHA-512=[name=${secured.user},password=${secured.password}]`] : []),
    ]);
  }
  return {
    name: 'Kafka',
    command: 'java',
    args: [...java, 'kafka.Kafka', properties],
    marker: properties,
    timeoutMs: 60_000,
    async check() {
      const admin = new Kafka({
        brokers: [`127.0.0.1:${port}`],
        logLevel: logLevel.NOTHING,
        connectionTimeout: 1_000,
        retry: { retries: 0 },
        ...(secured
          ? { sasl: { mechanism: 'scram-sha-512', username: secured.user, password: secured.password } }
          : {}),
      }).admin();
      try {
        await admin.connect();
        // Not only reachable: able to make a topic, which takes an elected controller.
        const topic = secured ? 'ready' : 'keycloak.events'; // of a secured one, topics are the operator's
        await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true });
        // And to serve consumer groups, for which it makes a topic of its own when it is first asked.
        await admin.describeGroups(['ready']);
      } finally {
        await admin.disconnect();
      }
    },
  };
}

function loginAndRights({ user, password }: NonNullable<KafkaOptions['secured']>): Record<string, string> {
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule';
  return {
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    'listener.name.clients.scram-sha-512.sasl.jaas.config': `${login} required username="${user}" password="${password}";`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    // Nobody is anonymous but the broker itself, on the controller's listener.
    'super.users': `User:${user};User:ANONYMOUS`,
  };
}

/** Warnings only; a broker that cannot start says why at that level. */
const logging = {
  'appender.out.type': 'Console',
  'appender.out.name': 'out',
  'appender.out.layout.type': 'PatternLayout',
  'appender.out.layout.pattern': '%d %p %m (%c{1})%n%ex',
  'rootLogger.level': 'WARN',
  'rootLogger.appenderRef.out.ref': 'out',
};

function toProperties(values: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
