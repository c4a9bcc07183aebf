import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

import type { Approval } from '../approvals/approval.ts';
import { keysFor, type LinkKey } from '../approvals/signed-tokens.ts';
import type { UserFacts } from '../ingest/user.ts';
import { fullName } from '../platform/person-name.ts';
import { oneLine } from '../platform/safe-text.ts';

/** By what an approver knows a person. */
export interface Named {
  readonly name: string;
  readonly address: string | null;
}

type Asked = Pick<Approval, 'id' | 'expiresAt'>;

const purpose = 'vestibule shown name v1';
const cookie = 'vestibule-shown';
const cipher = 'aes-256-gcm';
const [ivBytes, tagBytes] = [12, 16];

/** What a heading shows of a person. `null`: there is nothing that could be read. */
export function namedOf(user: UserFacts): Named | null {
  const { username, email } = user;
  const name = [fullName(user), username].map((text) => oneLine(text, 60)).find((text) => text !== '');
  return name === undefined ? null : { name, address: email === null ? null : oneLine(email, 100) };
}

/**
 * Lets a page name the person when nothing of the person is read any more, to a browser that was shown the person. The
 * server keeps nothing for it: the browser keeps a cookie of that one page, sealed with a key that is derived from
 * LINK_KEYS. So nobody else can make one, and the cookie of one approval is worth nothing to another.
 *
 * `SameSite=Lax`, so that a link that is opened from a webmail has it too. The cookie lets nobody do anything: a vote
 * needs the link and the nonce of the page.
 */
export class ShownNames {
  readonly #keys: readonly LinkKey[];
  readonly #secure: boolean;

  /** @param linkKeys the first seals, all open @param secure whether approvers come by https */
  constructor(linkKeys: readonly LinkKey[], { secure }: { readonly secure: boolean }) {
    this.#keys = keysFor(purpose, linkKeys);
    this.#secure = secure;
  }

  /** The header `Set-Cookie` of a page that shows this person. @param path of the page */
  cookieFor(path: string, { id, expiresAt }: Asked, named: Named, now: number): string | null {
    const [key] = this.#keys;
    if (key === undefined) {
      return null;
    }
    const left = Math.max(Math.ceil((expiresAt - now) / 1_000), 0);
    const attributes = [`Path=${path}`, `Max-Age=${left}`, 'HttpOnly', 'SameSite=Lax'];
    return [`${cookie}=${sealed(key, id, named)}`, ...attributes, ...(this.#secure ? ['Secure'] : [])].join('; ');
  }

  /** @param header `Cookie` of the request. @returns `null` where it has none that is ours and of this approval */
  named(header: string | undefined, { id }: Asked): Named | null {
    for (const pair of (header ?? '').split(';')) {
      const [, keyId, bytes = ''] = /^\s*vestibule-shown=([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]+)\s*$/.exec(pair) ?? [];
      const key = this.#keys.find((one) => one.id === keyId);
      const named = key === undefined ? null : opened(key, id, Buffer.from(bytes, 'base64url'));
      if (named !== null) {
        return named;
      }
    }
    return null;
  }
}

function sealed({ id, secret }: LinkKey, approvalId: string, { name, address }: Named): string {
  const iv = randomBytes(ivBytes);
  const sealing = createCipheriv(cipher, secret, iv).setAAD(Buffer.from(approvalId));
  const text = Buffer.concat([sealing.update(JSON.stringify([name, address]), 'utf8'), sealing.final()]);
  return `${id}.${Buffer.concat([iv, sealing.getAuthTag(), text]).toString('base64url')}`;
}

function opened({ secret }: LinkKey, approvalId: string, bytes: Buffer): Named | null {
  if (bytes.length < ivBytes + tagBytes) {
    return null;
  }
  const tag = bytes.subarray(ivBytes, ivBytes + tagBytes);
  const opening = createDecipheriv(cipher, secret, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    .setAAD(Buffer.from(approvalId))
    .setAuthTag(tag);
  try {
    const text = Buffer.concat([opening.update(bytes.subarray(ivBytes + tagBytes)), opening.final()]).toString();
    const [name, address] = JSON.parse(text) as [string, string | null];
    return { name, address };
  } catch {
    return null; // sealed by nobody, or for another approval
  }
}
