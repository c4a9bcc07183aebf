import { describe, expect, it } from '@jest/globals';

import { cases } from './cases/index.ts';
import { runCase } from './support/run-case.ts';

/** Those of `npm run test:faults` that take seconds, and hurt no server that other tests use at the same time. */
const fast = cases.filter(({ fast = false }) => fast);

describe('nobody is lost and nothing comes twice when', () => {
  it.concurrent.each(fast.map((fault) => [fault.breaks, fault] as const))(
    '%s',
    async (_, fault) => {
      const { broken } = await runCase(fault, 1, null);
      expect(broken).toEqual([]);
    },
    600_000,
  );
});
