import { createServer } from 'node:net';

import { describe, expect, it } from '@jest/globals';

import { main } from '../../src/cli/main.ts';
import { packageFacts } from '../../src/platform/package-facts.ts';
import { fakeIo } from './io.ts';

describe('src/cli/main', () => {
  it.each(['--version', '-v', 'version'])('prints the version: %s', async (asked) => {
    const { io, out } = fakeIo();
    expect(await main([asked], io)).toBe(0);
    expect(out()).toBe(`vestibule ${packageFacts().version}\n`);
  });

  it.each(['run', 'explain', 'simulate', 'schema', 'doctor', 'setup', 'settings'])(
    'names what it cannot take, and says how the command is used: %s',
    async (command) => {
      const { io, err } = fakeIo();
      expect(await main([command, 'rules/'], io)).toBe(2);
      expect(err()).toMatch(new RegExp(`^vestibule ${command}: Unexpected argument 'rules/'.*\nvestibule ${command}`));
    },
  );

  it('ends "run" with 2 on a taken port, before it asks any system for anything', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const nowhere = '127.0.0.1:9';
    const env = {
      KEYCLOAK_URL: `http://${nowhere}`,
      KEYCLOAK_CLIENT_SECRET: 's',
      KAFKA_BROKERS: nowhere,
      REDIS_URL: `redis://${nowhere}`,
      SMTP_URL: `smtp://${nowhere}`,
      MAIL_FROM: 'vestibule@acme.com',
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      LINK_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
      RULES_DIR: '/nowhere',
      HTTP_PORT: String(port),
      LOG_LEVEL: 'fatal',
    };
    expect(await main(['run'], fakeIo({ env }).io)).toBe(2);
    await new Promise((resolve) => taken.close(resolve));
  });
});
