import { describe, expect, it } from '@jest/globals';

import { endOf } from '../../src/cli/run.ts';
import { createLog } from '../../src/platform/log.ts';

describe('src/cli/run', () => {
  it('says why before it ends, when a promise is rejected that nothing handles', () => {
    const lines: Record<string, unknown>[] = [];
    const exits: number[] = [];
    const log = createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) });

    endOf(new Error('nobody looked'), log, (code) => void exits.push(code));

    expect(lines).toMatchObject([
      {
        level: 'fatal',
        msg: 'a promise was rejected, and nothing handles it; the service ends',
        err: { message: 'nobody looked' },
      },
    ]);
    expect(exits).toEqual([1]);
  });
});
