import type { FaultCase } from '../support/fault-case.ts';
import { soak } from '../support/soak.ts';

export function soakFor(minutes: number): FaultCase {
  return {
    name: 'soak',
    breaks: `for ${minutes} minutes, one random fault follows the other while people register`,
    proves: ['P1', 'P2', 'P10'],
    ownStack: true,
    mailTwice: true,
    run: (scene) => soak(scene, minutes),
  };
}
