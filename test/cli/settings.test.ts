import { describe, expect, it } from '@jest/globals';

import { listSettings } from '../../src/cli/settings.ts';
import { fakeIo } from './io.ts';

describe('src/cli/settings', () => {
  it('writes an environment file: what must be set to be filled in, the rest with what holds unless set', async () => {
    const { io, out } = fakeIo({ env: { KAFKA_BROKERS: 'not-shown:9092' } });
    expect(await listSettings.run([], io)).toBe(0);
    expect(out()).toContain('\nKAFKA_BROKERS=\n');
    expect(out()).toContain('\n# HTTP_PORT=8090\n');
    expect(out()).toContain('or LINK_KEYS_FILE, the path of a file that holds it');
  });

  it('writes a table', async () => {
    const { io, out } = fakeIo();
    expect(await listSettings.run(['--format', 'markdown'], io)).toBe(0);
    expect(out()).toContain('| `REDIS_URL` † |');
  });

  it('answers 2 to a format that it does not have', async () => {
    expect(await listSettings.run(['--format', 'xml'], fakeIo().io)).toBe(2);
  });
});
