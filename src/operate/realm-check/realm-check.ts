import { isServiceError } from '../../platform/errors.ts';
import { choose } from '../../rules/decide/choose.ts';
import { didYouMean } from '../../platform/did-you-mean.ts';
import { isGlob, matchesGlob } from '../../platform/glob.ts';
import type { RuleBook, RuleFile } from '../../rules/model.ts';
import { type Place, placesOf } from '../../rules/load/places.ts';
import type { Problem } from '../../rules/load/problem.ts';
import {
  judgeAttribute,
  judgeClient,
  judgeDisabling,
  judgeGate,
  judgeGroup,
  judgeRequiredAction,
  judgeRole,
  judgeVerification,
} from './check-references.ts';
import type { Fault } from './fault.ts';
import { judgeGift, judgeHeaders, judgeWaysIn } from './check-door.ts';
import { gateIn, guards, restrictClientAuth, restrictedAccess } from './login-gate.ts';
import { type Reference, referencesIn } from './references.ts';
import { type ClientFacts, isForbidden, type RealmProbe, type Visible, type Forbidden } from './realm-facts.ts';
import { memoize } from './memoize.ts';

export interface LiveCheck {
  /** Realms that were looked at. */
  readonly realms: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Whether what the rules name is there in Keycloak, and does what their writer means.
 * @param realms to look at besides those that the rules name exactly
 * @throws ServiceError when Keycloak does not answer, or lets nobody in
 */
export async function checkLive(book: RuleBook, probe: RealmProbe, realms: readonly string[] = []): Promise<LiveCheck> {
  const named = book.files.flatMap((file) => file.realms).filter((realm) => !isGlob(realm));
  const all = [...new Set([...named, ...realms])];
  const problems: Problem[] = [];
  for (const realm of all) {
    problems.push(...(await checkRealm(book, realm, memoize(probe))));
  }
  const unlooked = book.files.filter((file) => !all.some((realm) => isIn(file, realm)));
  return { realms: all, problems: [...problems, ...unlooked.map(namesNoRealm)].toSorted(byPlace) };
}

async function checkRealm(book: RuleBook, realm: string, probe: RealmProbe): Promise<Problem[]> {
  const files = book.files.filter((file) => isIn(file, realm));
  try {
    await probe.verifyEmail(realm);
  } catch (error) {
    if (isServiceError(error, 'REALM_UNKNOWN')) {
      return unknownRealm(files, realm, await probe.realms());
    }
    throw error;
  }
  const unseen = new Unlooked(realm);
  const problems: Problem[] = [];
  for (const reference of files.flatMap(referencesIn)) {
    const [fact, fault] = await checkReference(reference, realm, probe);
    if (isForbidden(fact)) {
      unseen.add(reference, fact);
    } else if (fault !== null) {
      problems.push(problemAt(reference.file, reference.at, fault));
    }
  }
  for (const file of files.filter(guards)) {
    problems.push(...(await checkGates(book, file, realm, probe, unseen)));
  }
  return [...problems, ...unseen.problems()];
}

type Checked = readonly [fact: unknown, fault: Fault | null];

async function checkReference(reference: Reference, realm: string, probe: RealmProbe): Promise<Checked> {
  switch (reference.kind) {
    case 'client':
      return given(await probe.clients(realm), (clients) => judgeClient(realm, reference.clientId, clients));
    case 'group':
      return given(await probe.group(realm, reference.path), (found) => judgeGroup(realm, reference.path, found));
    case 'role':
      return given(await probe.roles(realm, reference.role.client), (roles) => judgeRole(realm, reference.role, roles));
    case 'required-action':
      return given(await probe.requiredActions(realm), (actions) =>
        judgeRequiredAction(realm, reference.alias, reference.use, actions),
      );
    case 'attribute':
      return given(await probe.profile(realm), (profile) =>
        judgeAttribute(realm, reference.name, reference.use, profile),
      );
    case 'disabling':
      return given(await probe.verifyEmail(realm), (verifyEmail) => judgeDisabling(realm, verifyEmail));
    case 'verification':
      return given(await probe.verifyEmail(realm), (verifyEmail) =>
        judgeVerification(realm, reference.rule, verifyEmail),
      );
    case 'ways-in':
      return given(await probe.waysIn(realm), (waysIn) => judgeWaysIn(realm, reference.part, waysIn));
    case 'request-header':
      return given(await probe.headersLookedFor(realm), (known) => judgeHeaders(reference.names, known));
    case 'gift':
      return given(await probe.givenToAll(realm), (all) => judgeGift(realm, reference.gift, all));
  }
}

function given<T>(fact: Visible<T>, checkReference: (fact: T) => Fault | null): Checked {
  return [fact, isForbidden(fact) ? null : checkReference(fact)];
}

/** Only of clients that this file decides about, and that people log in to. */
async function checkGates(
  book: RuleBook,
  file: RuleFile,
  realm: string,
  probe: RealmProbe,
  unseen: Unlooked,
): Promise<Problem[]> {
  const clients = await probe.clients(realm);
  const problems: Problem[] = [];
  for (const [index, pattern] of file.clients.entries()) {
    const at = placesOf(file.clients)[index] ?? { line: 1, col: 1, where: 'clients' };
    if (isForbidden(clients)) {
      unseen.add({ file: file.file, at, kind: 'login-gate' }, clients);
      continue;
    }
    const open: Record<'none' | 'passed-by', string[]> = { none: [], 'passed-by': [] };
    const meant = clients.filter(
      ({ clientId, enabled, browserLogin }) =>
        enabled && browserLogin && named(pattern, clientId) && choose(book, realm, clientId) === file,
    );
    for (const client of meant) {
      const gate = await gateOf(client, realm, probe);
      if (isForbidden(gate)) {
        unseen.add({ file: file.file, at, kind: 'login-gate' }, gate);
      } else if (gate !== 'found') {
        open[gate].push(client.clientId);
      }
    }
    for (const gate of ['none', 'passed-by'] as const) {
      if (open[gate].length > 0) {
        problems.push(problemAt(file.file, at, judgeGate(realm, open[gate], gate)));
      }
    }
  }
  return problems;
}

/** Keycloak's own clients are not what a glob is written for. */
const ownClients = new Set([
  'account',
  'account-console',
  'admin-cli',
  'broker',
  'realm-management',
  'security-admin-console',
]);

function named(pattern: string, clientId: string): boolean {
  return pattern === clientId || (isGlob(pattern) && matchesGlob(pattern, clientId) && !ownClients.has(clientId));
}

async function gateOf(
  client: ClientFacts,
  realm: string,
  probe: RealmProbe,
): Promise<Visible<'none' | 'passed-by' | 'found'>> {
  const flow = await probe.loginFlow(realm, client);
  if (isForbidden(flow)) {
    return flow;
  }
  const roles = flow.some(({ provider }) => provider === restrictClientAuth)
    ? await probe.roles(realm, client.clientId)
    : [];
  if (isForbidden(roles)) {
    return roles;
  }
  const restricted = roles?.includes(restrictedAccess) === true;
  return gateIn(flow.filter(({ provider }) => restricted || provider !== restrictClientAuth));
}

const unlookedFor: Readonly<Record<Reference['kind'] | 'login-gate', string>> = {
  client: 'whether clients exist',
  group: 'whether groups exist',
  role: 'whether roles exist',
  'required-action': 'whether required actions are there',
  attribute: 'what the user profile does with attributes',
  disabling: 'whether Verify Email is on',
  verification: 'whether Verify Email is on, which "wait-for: email-verified" needs,',
  'ways-in': 'whether the door and the gate stand in the flows',
  'request-header': 'which request headers the listener looks for',
  gift: 'what Keycloak gives every new user',
  'login-gate': 'whether clients have a login gate',
};

/** What could not be looked at: told once for each realm and subject, where it first mattered. */
class Unlooked {
  readonly #realm: string;
  readonly #first = new Map<string, Problem>();

  constructor(realm: string) {
    this.#realm = realm;
  }

  add({ file, at, kind }: { file: string; at: Place; kind: keyof typeof unlookedFor }, { lacks }: Forbidden): void {
    const message = `could not look ${unlookedFor[kind]} in realm ${this.#realm}: the account that looks lacks the role ${lacks}`;
    const remedy = 'let an administrator look: KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD';
    if (!this.#first.has(kind)) {
      this.#first.set(kind, problemAt(file, at, { severity: 'warning', message, remedy }));
    }
  }

  problems(): Problem[] {
    return [...this.#first.values()];
  }
}

function isIn(file: RuleFile, realm: string): boolean {
  return file.realms.some((pattern) => matchesGlob(pattern, realm));
}

function unknownRealm(files: readonly RuleFile[], realm: string, known: readonly string[]): Problem[] {
  return files
    .filter(({ realms }) => realms.includes(realm))
    .map((file) =>
      problemAt(file.file, placesOf(file.realms)[file.realms.indexOf(realm)] ?? { line: 1, col: 1, where: 'realm' }, {
        severity: 'error',
        message: `Keycloak has no realm ${realm}`,
        remedy: didYouMean(realm, known) || 'make it, or correct the name',
      }),
    );
}

function namesNoRealm(file: RuleFile): Problem {
  return problemAt(file.file, placesOf(file.realms)[0] ?? { line: 1, col: 1, where: 'realm' }, {
    severity: 'warning',
    message: 'could not look: no rule file names a realm of these exactly',
    remedy: 'say which one with --realm',
  });
}

function problemAt(file: string, { line, col, where }: Place, { severity, message, remedy }: Fault): Problem {
  return { file, line, col, severity, message: `${where}: ${message}`, remedy };
}

function byPlace(left: Problem, right: Problem): number {
  return left.file.localeCompare(right.file) || left.line - right.line || left.col - right.col;
}
