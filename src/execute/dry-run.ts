import { ServiceError } from '../platform/errors.ts';
import type { Effects } from '../rules/steps/effects.ts';

/**
 * The effects of a service that only tries. What it decides itself never gets here, for each of its rules is a dry run;
 * but an earlier run may have left plans, outcomes and delayed steps behind. They wait for the end of the dry run.
 */
export function noEffects(): Effects {
  const wait = async (): Promise<never> => {
    throw new ServiceError('DRY_RUN', 'DRY_RUN is set: this waits until it is not');
  };
  return {
    later: wait,
    enableAgain: wait,
    openApproval: wait,
    tellUser: wait,
    notify: wait,
    callWebhook: wait,
    accounts: { apply: wait },
  };
}
