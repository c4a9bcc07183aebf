import { randomBytes, randomUUID } from 'node:crypto';

import type { Approval } from '../../src/approvals/approval.ts';

const day = 86_400_000;

/** An approval that waits, as stores keep it. */
export function asked(change: Partial<Approval> = {}): Approval {
  const now = Date.now();
  return {
    id: randomBytes(16).toString('hex'),
    revision: 1,
    state: 'waiting',
    settled: false,
    eventId: 'bce3463e-13d0-403a-b2c3-67d73239fd4a',
    registeredAt: now,
    realm: 'acme',
    clientId: 'portal',
    application: 'Portal',
    userId: randomUUID(),
    ip: null,
    source: 'form',
    locale: null,
    rule: { file: 'acme.yaml', line: 1, rule: 'r' },
    version: 'v',
    hold: 'gate',
    waitFor: null,
    heldAccount: false,
    approvers: ['desk@acme.test'],
    need: 1,
    votes: [],
    askedAt: now,
    expiresAt: now + day,
    remindAt: null,
    decidedAt: null,
    // oxlint-disable-next-line unicorn/no-thenable -- a rule's word; no function, so nothing awaits it
    then: { approved: [], rejected: [], expired: [] },
    ...change,
  };
}
