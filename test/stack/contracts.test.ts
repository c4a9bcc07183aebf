import { afterAll, beforeAll, describe } from '@jest/globals';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

import { producerConnection } from '../../src/adapters/queue/connection.ts';
import { createQueues, type Queues } from '../../src/adapters/queue/queues.ts';
import { createKeycloak, type Keycloak } from '../../src/adapters/keycloak/keycloak.ts';
import { approvalKeys } from '../../src/adapters/redis/approval-keys.ts';
import { RedisApprovalStore } from '../../src/adapters/redis/approval-store.ts';
import { createDigestWindows } from '../../src/adapters/redis/digest-windows.ts';
import { createLockouts } from '../../src/adapters/redis/lockouts.ts';
import { RememberedState } from '../../src/adapters/redis/remembered-state.ts';
import type { OutcomeJob } from '../../src/jobs/outcome-job.ts';
import type { Lockouts } from '../../src/jobs/payloads.ts';
import { accountsContract } from '../contracts/accounts.ts';
import { approvalStoreContract } from '../contracts/approval-store.ts';
import { digestWindowsContract } from '../contracts/digest-windows.ts';
import { jobsContract } from '../contracts/jobs.ts';
import { lockoutsContract } from '../contracts/lockouts.ts';
import { createOutageStore } from '../../src/adapters/redis/outage-store.ts';
import { outageStoreContract } from '../contracts/outage-store.ts';
import { connectSystems, type Systems } from './support/kafka-redis.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';

let systems: Systems;
let store: RedisApprovalStore;
let connection: Redis;
let queues: Queues;
let decisions: Queue;
let acme: TestRealm;
let keycloak: Keycloak;
let lockouts: Lockouts;

beforeAll(async () => {
  systems = await connectSystems();
  const { redis, prefix, log } = systems;
  await redis.set(approvalKeys(prefix).complete, 'an empty topic was read');
  store = new RedisApprovalStore({ redis, prefix, publish: () => Promise.resolve(), log });
  const state = new RememberedState({ redis, prefix, keepMs: 86_400_000, now: Date.now });
  await redis.set(state.keys.complete, 'an empty topic was read');
  lockouts = createLockouts(state, Date.now);
  connection = producerConnection(stackEnv.REDIS_URL, log);
  await new Promise((resolve) => connection.once('ready', resolve));
  queues = createQueues(connection, prefix);
  decisions = new Queue('outcomes', { connection, prefix });
  acme = await createRealm({
    prefix: 'contracts',
    clients: [{ clientId: 'blog', roles: ['member'] }],
    groups: ['/readers'],
  });
  keycloak = createKeycloak({
    url: stackEnv.KEYCLOAK_URL,
    clientId: 'vestibule',
    secretOf: () => acme.secret,
    timeoutMs: 10_000,
    connections: 10,
  });
}, 60_000);

afterAll(async () => {
  await keycloak?.close();
  await acme?.dispose();
  await decisions?.close();
  await queues?.close();
  connection?.disconnect();
  await systems?.close();
});

describe('src/adapters/redis/approval-store', () => approvalStoreContract(() => store));

describe('src/adapters/redis/lockouts', () => lockoutsContract(() => lockouts));

describe('src/adapters/queue/queues', () => {
  const held = async () => {
    const jobs = await decisions.getJobs(['wait', 'delayed']);
    return new Map(
      jobs.map(({ id = '', data, opts }) => [id, { data: data as OutcomeJob, delayMs: opts.delay ?? 0 }] as const),
    );
  };
  jobsContract(() => ({ jobs: queues, held }));
});

describe('src/adapters/redis/outage-store', () => {
  outageStoreContract(() => createOutageStore(systems.redis, systems.prefix));
});

describe('src/adapters/redis/digest-windows', () => {
  digestWindowsContract((now) => createDigestWindows(systems.redis, systems.prefix, now));
});

describe('src/adapters/keycloak/accounts', () => {
  let count = 0;
  accountsContract(() => ({
    accounts: keycloak.accounts,
    nobody: { realm: acme.realm, userId: '00000000-0000-0000-0000-000000000000' },
    registered: async () => {
      const username = `user-${++count}`;
      await acme.register('blog', username);
      return { realm: acme.realm, userId: (await acme.userNamed(username))?.id ?? '' };
    },
    stateOf: async ({ userId: id }) => {
      const user = await acme.admin.users.findOne({ id });
      return user === undefined || user === null
        ? null
        : {
            enabled: user.enabled ?? false,
            requiredActions: user.requiredActions ?? [],
            sessions: await acme.sessionsOf(id),
            groups: (await acme.groupsOf(id)).flatMap((path) => path ?? []),
            roles: await acme.rolesOf(id, 'blog'),
          };
    },
  }));
});
