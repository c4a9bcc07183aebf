/** Where approvals are kept. Every name starts with the prefix and holds no other text that a person could choose. */
export function approvalKeys(prefix: string) {
  const base = `${prefix}:approvals`;
  return {
    /** There while this Redis has read the whole topic; gone when it was emptied. */
    complete: `${base}:complete`,
    /** Hash: partition of the topic → next offset to read. Lost together with the data it speaks of, if Redis loses any. */
    offsets: `${base}:offsets`,
    /** Name of the key in LINK_KEYS that sealed all that the topic holds; another one: the topic has to be sealed anew. */
    sealedWith: `${base}:sealed-with`,
    /** There after instances with different first keys ran side by side. */
    sealsDiffer: `${base}:seals-differ`,
    /** Hash {revision, json, ofUser: the key below that may hold its id}. */
    approval: (id: string) => `${base}:one:${id}`,
    /** Set of the ids that wait for this user. */
    ofUser: (realm: string, userId: string) => `${base}:of:${userId}:${realm}`,
    /** Sorted sets of ids. Waiting ones, by when asked, by when they expire, by when to remind. */
    waiting: `${base}:waiting`,
    expiring: `${base}:expiring`,
    reminding: `${base}:reminding`,
    /** Waiting ones whose approvers are not asked yet, by when somebody last looked whether they are to be. */
    unasked: `${base}:unasked`,
    /** Decided but not settled, by when decided, or since then taken up. */
    unsettled: `${base}:unsettled`,
    /** Those whose snapshot Kafka may not have, by since when. */
    unpublished: `${base}:unpublished`,
  };
}

export type ApprovalKeys = ReturnType<typeof approvalKeys>;
