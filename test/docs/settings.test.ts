import { describe, expect, it } from '@jest/globals';

import { readConfig, settings } from '../../src/platform/settings.ts';
import { read } from './pages.ts';

/** That both are up to date is for test/generate/files.test.ts. */
describe('docs/settings.md', () => {
  it('comes with an environment file that has every setting, and only lacks what must be filled in', () => {
    const file = read('.env.example');
    const named = [...file.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(named).toEqual(Object.keys(settings));
    const lines = file.matchAll(/^(?:# )?([A-Z_]+)=(.+)$/gm);
    const defaults = Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
    const filledIn = {
      KEYCLOAK_URL: 'https://id.acme.com',
      KEYCLOAK_CLIENT_SECRET: 's',
      KAFKA_BROKERS: 'kafka:9092',
      REDIS_URL: 'redis://redis',
      SMTP_URL: 'smtp://mail',
      MAIL_FROM: 'vestibule@acme.com',
      PUBLIC_URL: 'https://vestibule.acme.com',
      LINK_KEYS: `k1:${'A'.repeat(44)}`,
    };
    expect(JSON.stringify(readConfig({ ...defaults, ...filledIn }))).toBe(JSON.stringify(readConfig(filledIn)));
  });
});
