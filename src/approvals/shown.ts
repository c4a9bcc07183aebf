import { timingSafeEqual } from 'node:crypto';

import type { UserFacts } from '../ingest/user.ts';
import { macOver } from '../platform/mac.ts';
import type { Approval } from './approval.ts';
import type { LinkKey } from './links.ts';

/** What a page shows of the person, in the order in which it is shown. */
export const shownFields = ['username', 'email', 'verified', 'name', 'enabled'] as const;
export type ShownField = (typeof shownFields)[number];

/** The fields by which approvers know the person. The other two may change while the person stays the same. */
const identity: readonly ShownField[] = ['username', 'email', 'name'];

const digestBytes = 12;

/**
 * Says whether a person is still as a page showed them, without keeping what the page showed. A digest is the key's
 * name and 12 bytes of HMAC-SHA-256 for each field, over purpose, approval, field and value. Without the key, the
 * digest does not help to guess names, so a vote may carry it into Kafka.
 */
export class Shown {
  readonly #keys: readonly LinkKey[];

  /** @param keys the keys of the links: the first is used, all are understood */
  constructor(keys: readonly LinkKey[]) {
    this.#keys = keys;
  }

  digest(approval: Pick<Approval, 'id'>, user: UserFacts): string {
    const [key] = this.#keys;
    return key === undefined
      ? ''
      : [key.id, ...shownFields.map((field) => mac(key, approval.id, field, user))].join('.');
  }

  /** The fields that changed; all of them if the digest cannot be read, or its key is gone. */
  changed(digest: string, approval: Pick<Approval, 'id'>, user: UserFacts): readonly ShownField[] {
    const [keyId, ...were] = digest.split('.');
    const key = this.#keys.find(({ id }) => id === keyId);
    if (key === undefined || were.length !== shownFields.length) {
      return shownFields;
    }
    return shownFields.filter((field, index) => !same(were[index] ?? '', mac(key, approval.id, field, user)));
  }

  /** Whether user name, address and name are as they were. */
  isSamePerson(digest: string, approval: Pick<Approval, 'id'>, user: UserFacts): boolean {
    return !this.changed(digest, approval, user).some((field) => identity.includes(field));
  }
}

function mac(key: LinkKey, approvalId: string, field: ShownField, user: UserFacts): string {
  const value = JSON.stringify(valueOf(field, user));
  return macOver(key.secret, ['vestibule shown', approvalId, field, value])
    .subarray(0, digestBytes)
    .toString('base64url');
}

function valueOf(field: ShownField, user: UserFacts): unknown {
  switch (field) {
    case 'name':
      return [user.firstName, user.lastName];
    case 'verified':
      return user.emailVerified;
    default:
      return user[field];
  }
}

function same(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}
