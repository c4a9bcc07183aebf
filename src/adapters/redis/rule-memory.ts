import type { Redis } from 'ioredis';
import { z } from 'zod';

import type { RuleMemory } from '../../rules/load/kept-rules.ts';
import { redisError } from './errors.ts';

const remembered = z.array(z.object({ file: z.string(), texts: z.record(z.string(), z.string()) }));

/** The texts of the rule files in force, shared by all instances. If Redis loses them, a start knows only the folder. */
export function createRuleMemory(redis: Redis, prefix: string): RuleMemory {
  const key = `${prefix}:rule-files`;
  return {
    async load() {
      try {
        const text = await redis.get(key);
        return text === null ? [] : remembered.parse(JSON.parse(text));
      } catch (cause) {
        throw redisError(cause, 'recall the rule files that were in force');
      }
    },
    async save(sources) {
      try {
        await redis.set(key, JSON.stringify(sources));
      } catch (cause) {
        throw redisError(cause, 'remember the rule files in force');
      }
    },
  };
}
