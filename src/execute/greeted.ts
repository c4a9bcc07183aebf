import type { Recipient } from '../jobs/payloads.ts';
import { greetingName, type Named } from '../platform/person-name.ts';

/** The name with which mails greet the person, as part of how to reach them. */
export function greeted(person: Named): Pick<Recipient, 'name'> {
  const name = greetingName(person);
  return name === null ? {} : { name };
}
