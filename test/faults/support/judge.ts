/** What shall have become of somebody. */
export type End = 'disabled' | 'member' | 'gone';

export interface Registered {
  readonly userId: string;
  readonly username: string;
  /** Of the event, by Keycloak's clock. */
  readonly time: number;
  readonly end: End;
  /** Their door has to be closed; else they are let in. */
  readonly closes: boolean;
}

export interface AdminEvent {
  readonly time: number;
  readonly operation: string;
  readonly resource: string;
  readonly path: string;
}

export interface AuditLine {
  readonly kind: string;
  readonly realm?: string;
  readonly eventId: string;
  readonly userId?: string;
  readonly approval?: string;
  readonly step?: string;
  readonly outcome?: string;
}

/** Keycloak's own record, the audit topic and the mailbox, when all is over. */
export interface Evidence {
  readonly registered: readonly Registered[];
  /** Users that are there: whether each is enabled. */
  readonly users: ReadonlyMap<string, boolean>;
  readonly adminEvents: readonly AdminEvent[];
  readonly audit: readonly AuditLine[];
  /** Address and Message-ID of each mail that arrived. */
  readonly mails: readonly string[];
  /** How often the same mail may arrive; 2 where a server may have died between taking a mail and saying so. */
  readonly sameMailAtMost: number;
  /** When something was broken, by the clock of this machine. */
  readonly broken?: readonly { readonly from: number; readonly to: number }[];
}

export interface Findings {
  readonly registrations: number;
  /** Who is not where they have to be. */
  readonly lost: readonly string[];
  /** What was done twice. */
  readonly doubled: readonly string[];
  /** From the registration to the closed door; `null`: nobody's door had to be closed, or none was. */
  readonly longestExposureMs: number | null;
  /** The same, of those who came and whose door closed while nothing was broken. */
  readonly longestHealthyMs: number | null;
  readonly givenUp: number;
  /** The same mail once more, as far as that is allowed. */
  readonly repeats: number;
}

/** Compares what is with what has to be. Pure: whoever asks has read the evidence. */
export function judge(evidence: Evidence): Findings {
  const { registered, adminEvents, audit, mails, sameMailAtMost, broken = [] } = evidence;
  const events = byUser(adminEvents);
  const open = registered.flatMap(({ userId, time, closes }) => {
    const closed = closes ? closedAt(events.get(userId) ?? []) : null;
    return closed === null ? [] : [{ from: time, to: closed }];
  });
  const healthy = open.filter(({ from, to }) => broken.every((fault) => to < fault.from || from > fault.to));
  const sent = counted(mails);
  return {
    registrations: registered.length,
    lost: lost(evidence),
    doubled: [
      ...registered.flatMap(({ userId, username }) => doubledEvents(username, events.get(userId) ?? [])),
      ...doubledApprovals(audit),
      ...[...sent].flatMap(([mail, count]) => (count > sameMailAtMost ? [`mail ${mail} ${count} times`] : [])),
    ],
    longestExposureMs: longest(open),
    longestHealthyMs: longest(healthy),
    givenUp: audit.filter(({ kind }) => kind === 'failed').length,
    repeats: [...sent.values()].reduce((sum, count) => sum + count - 1, 0),
  };
}

function longest(times: readonly { readonly from: number; readonly to: number }[]): number | null {
  return times.length === 0 ? null : Math.max(...times.map(({ from, to }) => to - from));
}

/** Who is not at their end yet; for who waits until nobody is left. */
export function lost({ registered, users, adminEvents }: Evidence): readonly string[] {
  const joined = new Set(
    adminEvents.flatMap(({ operation, resource, path }) =>
      resource === 'GROUP_MEMBERSHIP' && operation === 'CREATE' ? [userOf(path)] : [],
    ),
  );
  const isAt: Readonly<Record<End, (userId: string) => boolean>> = {
    disabled: (userId) => users.get(userId) === false,
    member: (userId) => users.get(userId) === true && joined.has(userId),
    gone: (userId) => !users.has(userId),
  };
  return registered.filter(({ userId, end }) => !isAt[end](userId)).map(({ username, end }) => `${username} (${end})`);
}

function userOf(path: string): string {
  return /^users\/([0-9a-f-]{36})/.exec(path)?.[1] ?? '';
}

function byUser(events: readonly AdminEvent[]): ReadonlyMap<string, AdminEvent[]> {
  const map = new Map<string, AdminEvent[]>();
  for (const event of events) {
    const user = userOf(event.path);
    map.set(user, [...(map.get(user) ?? []), event]);
  }
  return map;
}

/** The first change of the account is what closes it: nothing else updates an account here before that. */
function closedAt(events: readonly AdminEvent[]): number | null {
  const times = events
    .filter(({ operation, resource }) => resource === 'USER' && (operation === 'UPDATE' || operation === 'DELETE'))
    .map(({ time }) => time);
  return times.length === 0 ? null : Math.min(...times);
}

function doubledEvents(username: string, events: readonly AdminEvent[]): string[] {
  const once = events.filter(
    ({ operation, resource }) =>
      (resource === 'GROUP_MEMBERSHIP' && operation === 'CREATE') || (resource === 'USER' && operation === 'DELETE'),
  );
  return [...counted(once.map(({ operation, path }) => `${operation} ${path}`))].flatMap(([what, count]) =>
    count > 1 ? [`${username}: ${what} ${count} times`] : [],
  );
}

/** One registration, one question. */
function doubledApprovals(audit: readonly AuditLine[]): string[] {
  const questions = new Map<string, Set<string>>();
  for (const { eventId, approval } of audit) {
    if (approval !== undefined) {
      questions.set(eventId, (questions.get(eventId) ?? new Set()).add(approval));
    }
  }
  return [...questions].flatMap(([event, approvals]) =>
    approvals.size > 1 ? [`event ${event}: ${approvals.size} approvals`] : [],
  );
}

function counted(list: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  list.forEach((one) => counts.set(one, (counts.get(one) ?? 0) + 1));
  return counts;
}
