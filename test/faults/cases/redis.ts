import type { FaultCase } from '../support/fault-case.ts';
import { ownRedis } from './common.ts';

export const redisCases: readonly FaultCase[] = [
  {
    name: 'redis-loading',
    breaks: 'Redis answers LOADING for a while, as it does while it reads its file after a start',
    proves: ['P1', 'P10'],
    async run(scene) {
      const { redis } = await ownRedis(scene);
      const proxy = await scene.proxy(redis.port);
      await scene.service({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
      await scene.register('closed', 1);
      const text = '-LOADING Redis is loading the dataset in memory\r\n';
      proxy.set({ kind: 'answers', asked: /^\*/, text });
      await scene.register('closed', 4);
      await scene.register('members', 2);
      await scene.register('trash', 1);
      await scene.pass(15_000);
      proxy.heal();
    },
  },
];
