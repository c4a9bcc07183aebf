import { refuse } from '../execute/age-guard.ts';
import { decideAsking } from '../execute/decide-asking.ts';
import type { Registration } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import { countStored } from '../operate/history/count-stored.ts';
import { findRegisteredUser } from '../operate/history/registered-user.ts';
import { didYouMean } from '../platform/did-you-mean.ts';
import { oneLine } from '../platform/safe-text.ts';
import { unknownSource } from '../rules/load/doubtful.ts';
import type { RuleBook } from '../rules/model.ts';
import { type AskNow, noting } from './asking.ts';
import type { Io } from './command.ts';
import { readInput, registrationsIn, unusable } from './event-file.ts';
import type { Explanation } from './explanation.ts';
import { withKeycloak } from './keycloak.ts';
import { registrationOf, type Typed, userOf } from './typed-registration.ts';
import { userIn } from './user-file.ts';

const countedAsOne = 'no other registrations are known here, so a count of them is taken as one';

/** Of a registration that somebody describes. */
export async function ofTyped(
  book: RuleBook,
  typed: Typed,
  userFile: string | undefined,
  io: Io,
): Promise<Explanation> {
  const registration = registrationOf(typed, book);
  const user = userFile === undefined ? userOf(registration, typed) : userIn(await readInput(userFile, io), userFile);
  const doubt = unknownSource(typed.source);
  const notes = [
    `judged with an account that is ${stateOf(user)}`,
    ...(doubt === null ? [] : [`${doubt.message}; ${doubt.remedy}`]),
  ];
  const decision = await decideAlone(book, registration, user, notes, null);
  if (decision.kind === 'missing' && decision.what === 'user') {
    throw new TypeError('a rule asks for the user that was handed in');
  }
  return {
    registration,
    decision,
    notes: decision.trace.length > 0 ? notes : [...notes, ...slips(book, registration)],
  };
}

/** No rule file is for this registration: what somebody may have meant who typed the names. */
function slips({ files }: RuleBook, { realm, clientId }: Registration): string[] {
  const meant = [
    [
      'realm',
      realm,
      slipOf(
        realm,
        files.flatMap(({ realms }) => realms),
      ),
    ],
    [
      'client',
      clientId,
      slipOf(
        clientId,
        files.flatMap(({ clients }) => clients),
      ),
    ],
  ] as const;
  return meant.flatMap(([what, typed, hint]) => (hint === '' ? [] : [`${what} "${oneLine(typed)}": ${hint}`]));
}

/** A name that some file has is no slip. */
function slipOf(name: string, named: readonly string[]): string {
  return named.includes(name) ? '' : didYouMean(name, named);
}

/** Of a recorded registration. @returns the explanation, or what is missing for it */
export async function ofEvent(
  book: RuleBook,
  { event, user, realm }: { event: string; user: string | undefined; realm: string | undefined },
  ask: AskNow | null,
  io: Io,
): Promise<Explanation | string> {
  const [registration] = registrationsIn(await readInput(event, io), realm);
  if (registration === undefined) {
    throw unusable('this is not a registration: its type is another than REGISTER');
  }
  const facts = user === undefined ? undefined : userIn(await readInput(user, io), user);
  const notes: string[] = [];
  const decision = await decideAlone(book, registration, facts, notes, ask);
  return decision.kind === 'missing' && decision.what === 'user'
    ? 'the decision depends on the user as Keycloak has it: give it with --user FILE (GET /admin/realms/{realm}/users/{id})'
    : { registration, decision, notes };
}

function decideAlone(
  book: RuleBook,
  registration: Registration,
  user: UserFacts | undefined,
  notes: string[],
  ask: AskNow | null,
) {
  const count = () => {
    if (!notes.includes(countedAsOne)) {
      notes.push(countedAsOne);
    }
    return 1;
  };
  const facts = { registration, user };
  return decideAsking(book, facts, { count, ask: noting(ask, notes, facts) });
}

/** Of a person of a realm. @returns the explanation, or what is missing for it */
export function ofPerson(
  book: RuleBook,
  realm: string,
  who: string,
  ask: AskNow | null,
  io: Io,
): Promise<Explanation | string> {
  return withKeycloak(io, async ({ users, events }) => {
    const answer = await findRegisteredUser({ users, events }, realm, who);
    if (answer.kind === 'missing') {
      return `${answer.because}; ${answer.remedy}`;
    }
    const { registration, user } = answer;
    const notes = [
      `on ${new Date(registration.time).toISOString()}, user ${user.userId}`,
      `judged with the account as it is now: ${stateOf(user)}`,
    ];
    const refused = refuse(registration, user, registration.time, Infinity);
    if (refused !== null) {
      notes.push(`the service would do nothing at all: ${refused}`);
    }
    const decision = await decideAsking(
      book,
      { registration, user },
      {
        async count(missing) {
          const counted = await countStored(events, registration, missing);
          notes.push(`registrations were counted in the event store: ${counted}`);
          return counted;
        },
        ask: noting(ask, notes, { registration, user }),
      },
    );
    if (decision.kind === 'missing' && decision.what === 'user') {
      throw new TypeError('a rule asks for the user that was handed in');
    }
    return { registration, decision, notes };
  });
}

function stateOf({ enabled, emailVerified }: UserFacts): string {
  return `${enabled ? 'enabled' : 'disabled'}, e-mail address ${emailVerified ? '' : 'not '}verified`;
}
