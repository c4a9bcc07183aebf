import { join } from 'node:path';

import { projectDir } from '../paths.ts';
import type { Server } from './server.ts';

/** The SMTP server that keeps what it gets, and its inbox page. */
export function inboxServer(smtpPort: number, inboxPort: number): Server {
  const main = join(projectDir, 'stack', 'inbox', 'main.ts');
  return {
    name: 'Mail',
    command: process.execPath,
    args: ['--import', 'tsx', main, String(smtpPort), String(inboxPort)],
    marker: main,
    timeoutMs: 20_000,
    async check() {
      const { ok } = await fetch(`http://127.0.0.1:${inboxPort}/api/ready`, { signal: AbortSignal.timeout(1_000) });
      if (!ok) {
        throw new Error('the inbox does not answer');
      }
    },
  };
}
