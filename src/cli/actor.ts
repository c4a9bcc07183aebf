import { userInfo } from 'node:os';

import type { Option } from './parse.ts';

/** Of commands that change something. */
export const actorOptions = {
  by: { value: 'NAME', about: 'who does this, for the audit; default: your user name on this machine' },
  reason: { value: 'TEXT', about: 'why, for the audit' },
} as const satisfies Readonly<Record<string, Option>>;

export function actorOf({ by, reason }: { readonly by: string | undefined; readonly reason: string | undefined }) {
  return { by: by ?? systemUser(), reason };
}

/** A container may run under a number that has no name. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
