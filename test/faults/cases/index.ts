import type { FaultCase } from '../support/fault-case.ts';
import { auditCases } from './audit.ts';
import { kafkaCases } from './kafka.ts';
import { keycloakCases } from './keycloak.ts';
import { keycloakKilledCases } from './keycloak-killed.ts';
import { killSweep } from './kill-sweep.ts';
import { mailCases } from './mail.ts';
import { processCases } from './process.ts';
import { redisCases } from './redis.ts';
import { ruleCases } from './rules.ts';
import { soakFor } from './soak.ts';
import { stateCases } from './state.ts';
import { voteCases } from './votes.ts';

interface Options {
  /** How many points of `kill-sweep` are tried; without it, all. */
  readonly points?: number;
}

/** The fault matrix. */
export const casesWith = ({ points }: Options): readonly FaultCase[] => [
  ...auditCases,
  ...stateCases,
  ...redisCases,
  ...kafkaCases,
  ...ruleCases,
  ...mailCases,
  ...keycloakCases,
  ...keycloakKilledCases,
  ...processCases,
  ...voteCases,
  killSweep(points),
  soakFor(1.5),
];

export const cases = casesWith({ points: 40 });
