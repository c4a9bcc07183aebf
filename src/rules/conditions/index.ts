import type { ConditionKind } from './condition.ts';
import { attribute } from './attribute.ts';
import { email } from './email.ts';
import { emailDomain } from './email-domain.ts';
import { emailVerified } from './email-verified.ts';
import { external } from './external.ts';
import { ip } from './ip.ts';
import { locale } from './locale.ts';
import { registrationsOver } from './registrations-over.ts';
import { requestHeader } from './request-header.ts';
import { source } from './source.ts';
import { time } from './time.ts';
import { username } from './username.ts';

/** Every condition there is, in the order of the reference. */
export const conditions: readonly ConditionKind[] = [
  emailDomain,
  emailVerified,
  email,
  username,
  source,
  ip,
  requestHeader,
  attribute,
  locale,
  time,
  registrationsOver,
  external,
];

export const conditionByKey: ReadonlyMap<string, ConditionKind> = new Map(conditions.map((kind) => [kind.key, kind]));
