import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createLockoutLimit } from '../../src/adapters/redis/lockout-limit.ts';
import type { StoppedRule } from '../../src/jobs/payloads.ts';
import { connectSystems, type Systems } from './support/kafka-redis.ts';

let systems: Systems;
beforeAll(async () => {
  systems = await connectSystems();
});
afterAll(() => systems?.close());

const rule = { file: 'portal.yaml', line: 4, rule: 'the rule' };
const person = (name: string, realm = 'acme') => ({ realm, userId: name });

/** Instances that share what they count; a realm of its own for each test keeps tests apart. */
function setup(most = 3) {
  const stops: StoppedRule[] = [];
  const world = { now: 1_000_000_000_000, version: 'v1', limit: most };
  const instance = () =>
    createLockoutLimit({
      redis: systems.redis,
      prefix: systems.prefix,
      limit: world.limit,
      version: () => world.version,
      now: () => world.now,
      onStop: async (stopped) => void stops.push(stopped),
    });
  return { world, stops, instance };
}

describe('src/adapters/redis/lockout-limit', () => {
  it('lets as many through as it may, however many instances ask at once, and one of them stops the rule', async () => {
    const { stops, instance } = setup(10);
    const instances = [instance(), instance(), instance()];
    const answers = await Promise.all(
      instances.flatMap((limit, number) =>
        Array.from({ length: 20 }, (_, index) => limit.admit(rule, person(`p${number}-${index}`, 'crowd'))),
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(10);
    expect(stops).toEqual([{ realm: 'crowd', file: 'portal.yaml', rule: 'the rule', at: 1_000_000_000_000 }]);
    expect(await instances[1]?.stopped()).toEqual(stops);
  });

  it('counts a person once, and lets a job that is tried again through though the rule was stopped meanwhile', async () => {
    const { instance } = setup(1);
    const limit = instance();
    expect(await limit.admit(rule, person('mia', 'again'))).toBe(true);
    expect(await limit.admit(rule, person('mia', 'again'))).toBe(true);
    expect(await limit.admit(rule, person('tom', 'again'))).toBe(false);
    expect(await limit.admit(rule, person('mia', 'again'))).toBe(true);
  });

  it('stops nothing that keeps within the limit, minute after minute', async () => {
    const { world, stops, instance } = setup(3);
    const limit = instance();
    for (let index = 0; index < 20; index++) {
      world.now += 20_001;
      expect(await limit.admit(rule, person(`p${index}`, 'steady'))).toBe(true);
    }
    expect(stops).toEqual([]);
  });

  it('stops a rule in one realm and leaves other realms and rules alone', async () => {
    const { instance } = setup(0);
    const limit = instance();
    await limit.admit(rule, person('mia', 'here'));
    expect(await limit.isStopped(rule, 'here')).toBe(true);
    expect(await limit.isStopped(rule, 'there')).toBe(false);
    expect(await limit.isStopped({ ...rule, rule: 'another' }, 'here')).toBe(false);
  });

  it.each<[string, { version?: string; limit?: number }]>([
    ['the rules change', { version: 'v2' }],
    ['the limit does', { limit: 5 }],
  ])('stays stopped, though the minute is long over, until %s', async (change, changes) => {
    const { world, instance } = setup(1);
    const limit = instance();
    const realm = `until ${change}`;
    await limit.admit(rule, person('mia', realm));
    await limit.admit(rule, person('tom', realm));
    world.now += 86_400_000;
    expect(await limit.admit(rule, person('tom', realm))).toBe(false);
    Object.assign(world, changes);
    const again = instance();
    expect(await again.isStopped(rule, realm)).toBe(false);
    expect(await again.admit(rule, person('tom', realm))).toBe(true);
    expect((await again.stopped()).filter((stopped) => stopped.realm === realm)).toEqual([]);
    Object.assign(world, { version: 'v1', limit: 1 });
    expect(await instance().isStopped(rule, realm)).toBe(false);
  });
});
