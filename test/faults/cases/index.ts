import type { FaultCase } from '../support/fault-case.ts';
import { auditCases } from './audit.ts';
import { kafkaCases } from './kafka.ts';
import { keycloakCases } from './keycloak.ts';
import { killSweep } from './kill-sweep.ts';
import { mailCases } from './mail.ts';
import { processCases } from './process.ts';
import { ruleCases } from './rules.ts';
import { soakFor } from './soak.ts';
import { stateCases } from './state.ts';

/** The fault matrix. */
export const cases: readonly FaultCase[] = [
  ...auditCases,
  ...stateCases,
  ...kafkaCases,
  ...ruleCases,
  ...mailCases,
  ...keycloakCases,
  ...processCases,
  killSweep,
  soakFor(1.5),
];
