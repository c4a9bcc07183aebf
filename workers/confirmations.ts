import { confirmRegistration, type ConfirmDeps } from '../src/execute/confirm-registration.ts';
import type { Handler } from '../src/jobs/payloads.ts';

/** Confirms one registration that nothing proves. */
export function createConfirmations(deps: ConfirmDeps): Handler<'confirmations'> {
  return ({ data }) => confirmRegistration(deps, data);
}
