import { timingSafeEqual } from 'node:crypto';

import type { UserFacts } from '../ingest/user.ts';
import { macOver } from '../platform/mac.ts';
import type { Approval } from './approval.ts';
import type { LinkKey } from './links.ts';

/** What a page shows of the person, in the order in which it is shown. */
export const shownFields = ['username', 'email', 'verified', 'name', 'enabled'] as const;
/** `attributes`: those that the rule shows, and the one with the reason for joining, where it names some. */
export type ShownField = (typeof shownFields)[number] | 'attributes';
type Asked = Pick<Approval, 'id' | 'show' | 'reason'>;

/** The fields by which approvers know the person. The other two may change while the person stays the same. */
const identity: readonly ShownField[] = ['username', 'email', 'name', 'attributes'];

const digestBytes = 12;
const markBytes = 9;

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

  digest(approval: Asked, user: UserFacts): string {
    const [key] = this.#keys;
    return key === undefined
      ? ''
      : [key.id, ...fieldsOf(approval).map((field) => mac(key, approval, field, user))].join('.');
  }

  /** The fields that changed; all of them if the digest cannot be read, or its key is gone. */
  changed(digest: string, approval: Asked, user: UserFacts): readonly ShownField[] {
    const fields = fieldsOf(approval);
    const [keyId, ...were] = digest.split('.');
    const key = this.#keys.find(({ id }) => id === keyId);
    if (key === undefined || were.length !== fields.length) {
      return fields;
    }
    return fields.filter((field, index) => !same(were[index] ?? '', mac(key, approval, field, user)));
  }

  /** What a mail shows of the person, in short: it stands in the mail's link. */
  mark(approval: Asked, user: UserFacts): string {
    const [key] = this.#keys;
    return key === undefined ? '' : `${key.id}.${markOf(key, approval, user)}`;
  }

  /** Whether the person is another one than a mail showed. Not where that cannot be said, as its key is gone. */
  isOtherThanMarked(mark: string, approval: Asked, user: UserFacts): boolean {
    const [, keyId, given] = /^([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{12})$/.exec(mark) ?? [];
    const key = this.#keys.find(({ id }) => id === keyId);
    return key !== undefined && !same(given ?? '', markOf(key, approval, user));
  }

  /** Whether user name, address, name and shown attributes are as they were. */
  isSamePerson(digest: string, approval: Asked, user: UserFacts): boolean {
    return !this.changed(digest, approval, user).some((field) => identity.includes(field));
  }
}

function fieldsOf(approval: Asked): readonly ShownField[] {
  return attributesOf(approval).length === 0 ? shownFields : [...shownFields, 'attributes'];
}

function markOf(key: LinkKey, approval: Asked, user: UserFacts): string {
  const fields = identity.map((field) => mac(key, approval, field, user));
  return macOver(key.secret, ['vestibule mailed', ...fields])
    .subarray(0, markBytes)
    .toString('base64url');
}

function attributesOf({ show = [], reason }: Asked): readonly string[] {
  return reason === undefined || show.includes(reason) ? show : [...show, reason];
}

function mac(key: LinkKey, approval: Asked, field: ShownField, user: UserFacts): string {
  const { id } = approval;
  const value = JSON.stringify(
    field === 'attributes'
      ? attributesOf(approval).map((name) => (Object.hasOwn(user.attributes, name) ? user.attributes[name] : []))
      : valueOf(field, user),
  );
  return macOver(key.secret, ['vestibule shown', id, field, value]).subarray(0, digestBytes).toString('base64url');
}

function valueOf(field: (typeof shownFields)[number], user: UserFacts): unknown {
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
