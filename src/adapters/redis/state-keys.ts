/** Where the state is kept that must not be forgotten: a copy of the topic, and what has to go there. */
export function stateKeys(prefix: string) {
  const base = `${prefix}:state`;
  return {
    /** As of the approvals. */
    complete: `${base}:complete`,
    offsets: `${base}:offsets`,
    sealedWith: `${base}:sealed-with`,
    sealsDiffer: `${base}:seals-differ`,
    /** Hash: key → JSON. */
    contents: `${base}:contents`,
    /** Hash: key → revision. A key with a revision and no content has ended, and its tombstone is not published yet. */
    revisions: `${base}:revisions`,
    /** Set of the keys of which the topic may hold a record. */
    sent: `${base}:sent`,
    /** Sorted set of the keys whose last change the topic may not have, by when they changed. */
    unpublished: `${base}:unpublished`,
    /** Set of the jobs that came back from the topic and have to be queued again. */
    restored: `${base}:restored`,
    /** Sorted set of the marks by when they may be forgotten. */
    forget: `${base}:forget`,
    /** Sorted set of a realm's registrations whose job is not finished, by when the person registered. */
    open: (realm: string) => `${base}:open:${realm}`,
    /** Up to when this Redis has read the realm's event store. */
    read: (realm: string) => `${prefix}:reconciled:${realm}`,
    /** Held by the instance that publishes. */
    publisher: `${base}:publisher`,
  };
}

export type StateKeys = ReturnType<typeof stateKeys>;

/** Keys of the topic. */
export const markKey = ({ realm, userId }: { readonly realm: string; readonly userId: string }): string =>
  `mark/${userId}/${realm}`;
export const jobKey = (queue: string, id: string): string => `job/${queue}/${id}`;
export const positionKey = (realm: string): string => `position/${realm}`;
