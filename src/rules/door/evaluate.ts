import { matchesGlob, matchesGlobIgnoringCase } from '../../platform/glob.ts';
import { ipAddress } from '../../platform/safe-text.ts';
import { domainOf } from '../conditions/email-domain.ts';
import { isInRange } from '../conditions/ip.ts';
import { isLocale } from '../conditions/locale.ts';
import { fromEvent } from '../conditions/person.ts';
import { isTime } from '../conditions/time.ts';
import type { DoorCondition, DoorOperands, DoorTest } from './policy.ts';

/** Somebody at the door: nobody has an account yet. */
export interface Visitor {
  readonly realm: string;
  readonly client: string;
  readonly source: string;
  readonly ip: string | null;
  /** `null`: not known. */
  readonly locale: string | null;
  /** Milliseconds since 1970. */
  readonly time: number;
  /**
   * By name in lower case. The value is `null` where the request has several: the person may have added one to the
   * gateway's. The door always knows the headers; `null`: whoever asks what it answered does not.
   */
  readonly headers: Readonly<Record<string, string | null>> | null;
  /** Whether the form is sent. Before, nobody knows user name and mail address. */
  readonly sent: boolean;
  /** `null`: not known. */
  readonly username: string | null;
  /** `null` in a form that is sent: the person has none. */
  readonly email: string | null;
}

/**
 * `unknown`: what nobody knows at the door could change the answer. `unclear`: so could what the person typed or sent,
 * which only the service can read. Nobody chooses what is unknown, but anybody can make a condition unclear.
 */
export type Known = boolean | 'unknown' | 'unclear';

/** As the service evaluates conditions, with what is known at the door. */
export function evaluate(condition: DoorCondition, visitor: Visitor): Known {
  switch (condition.kind) {
    case 'is':
      return one(condition, visitor);
    case 'not':
      return opposite(evaluate(condition.of, visitor));
    case 'all':
      return combined(
        condition.of.map((one) => evaluate(one, visitor)),
        false,
      );
    case 'any':
      return combined(
        condition.of.map((one) => evaluate(one, visitor)),
        true,
      );
    default:
      return 'unknown'; // also a kind of a newer version
  }
}

/** @param decisive one condition with this value decides alone */
function combined(known: readonly Known[], decisive: boolean): Known {
  return ([decisive, 'unclear', 'unknown'] as const).find((one) => known.includes(one)) ?? !decisive;
}

function opposite(known: Known): Known {
  return typeof known === 'boolean' ? !known : known;
}

type Tests = { readonly [Key in keyof DoorOperands]: (operand: DoorOperands[Key], visitor: Visitor) => Known };

const tests: Tests = {
  'email-domain': ({ exact, globs }, visitor) =>
    ofEmail(visitor, (email) => {
      const typed = email.slice(email.lastIndexOf('@') + 1);
      // DNS has such a domain in another form. This service makes that form in one way, and Java in another.
      if (email.includes('@') && !/^[\u0021-\u007e]*$/.test(typed)) {
        return 'unclear';
      }
      const domain = domainOf(email);
      return domain !== null && (exact.includes(domain) || globs.some((glob) => matchesGlob(glob, domain)));
    }),
  email: ({ globs }, visitor) =>
    ofEmail(visitor, (email) => globs.some((glob) => matchesGlobIgnoringCase(glob, email))),
  username: ({ globs }, visitor) => {
    const name = fromEvent(visitor.username);
    return name === undefined ? missing(visitor) : globs.some((glob) => matchesGlobIgnoringCase(glob, name));
  },
  source: (globs, { source }) => globs.some((glob) => matchesGlob(glob, source)),
  ip: (ranges, { ip }) => {
    const address = ip === null ? null : ipAddress(ip);
    return address !== null && ranges.some(({ network, bits }) => isInRange(network, bits, address));
  },
  locale: (tags, { locale }) => (locale === null ? 'unknown' : isLocale(tags, locale)),
  time: (wanted, { time }) => isTime(wanted, time),
  'request-header': (wanted, { headers }) =>
    headers === null
      ? 'unknown'
      : combined(
          Object.entries(wanted).map(([name, globs]) => {
            const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
            return value === null ? 'unclear' : value !== undefined && globs.some((glob) => matchesGlob(glob, value));
          }),
          false,
        ),
};

function one({ key, operand }: DoorTest, visitor: Visitor): Known {
  // A newer service may know more conditions.
  return Object.hasOwn(tests, key)
    ? (tests[key] as (operand: unknown, visitor: Visitor) => Known)(operand, visitor)
    : 'unknown';
}

/** Who sends the form without a mail address has none. */
function ofEmail(visitor: Visitor, test: (email: string) => Known): Known {
  const { sent, email } = visitor;
  const whole = fromEvent(email);
  return email === null && sent ? false : whole === undefined ? missing(visitor) : test(whole);
}

/** Before the form is sent, nobody has typed anything. After that, only what was typed can keep a value from being known. */
function missing({ sent }: Visitor): Known {
  return sent ? 'unclear' : 'unknown';
}
