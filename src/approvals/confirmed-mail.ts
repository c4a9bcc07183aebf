import type { NewJob } from '../jobs/payloads.ts';
import type { StepContext } from '../rules/steps/effects.ts';
import type { Hold } from '../rules/model.ts';
import type { Approval } from './approval.ts';

/** Whether the mail to the person asks to confirm the address. A disabled account can confirm none. */
export function asksToVerify({ person }: Pick<StepContext, 'person'>, hold: Hold): boolean {
  return person?.toVerify === true && hold !== 'account';
}

/** Tells a person who was asked to confirm the address that this is done, and what comes next. */
export function confirmedMails(approval: Approval): NewJob<'mail'>[] {
  const { id, realm, clientId, userId, eventId, application, locale = null, toldToVerify } = approval;
  if (toldToVerify === undefined) {
    return []; // the mail before said all that there is to say
  }
  const key = `confirmed-${id}`;
  const who = { realm, clientId, userId, eventId };
  const to = { address: '', locale }; // the mail's job asks Keycloak for the address
  return [
    { id: `tell-${key}`, data: { kind: 'person', key, to, who, message: 'confirmed', application, approval: id } },
  ];
}
