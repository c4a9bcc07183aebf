import { describe, expect, it } from '@jest/globals';

import { settingsFile, settingsTable } from '../../src/platform/settings-reference.ts';
import { readConfig, settings } from '../../src/platform/settings.ts';
import { read } from './pages.ts';

describe('docs/settings.md', () => {
  it('lists every setting as the service reads it', () => {
    const [, shown] = /<!-- settings: .* -->\n(.*)\n<!-- \/settings -->/s.exec(read('docs/settings.md')) ?? [];
    expect(shown).toBe(settingsTable());
  });

  it('comes with an environment file that has every setting, and only lacks what must be filled in', () => {
    const file = read('.env.example');
    expect(file).toBe(settingsFile());
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
