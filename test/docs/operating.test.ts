import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { deadLetterHeaders } from '../../src/adapters/kafka/dead-letters.ts';
import { readConfig, settings } from '../../src/platform/settings.ts';
import { errorCatalog } from '../../src/platform/errors.ts';
import { createMetrics } from '../../src/app/metrics.ts';
import { settingsFile, settingsTable } from '../../src/platform/settings-reference.ts';

const root = join(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const page = read('docs/operating.md');

/** Cells of the table's rows after a line that begins with `start`. */
function tableAfter(start: string): string[][] {
  const rows = page.slice(page.indexOf(start)).split('\n');
  const from = rows.findIndex((row) => row.startsWith('|---'));
  const length = rows.slice(from).findIndex((row) => !row.startsWith('|'));
  return rows
    .slice(from + 1, from + length)
    .map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')));
}

/** What prom-client exposes of a metric's definition only at run time. */
interface Described {
  readonly name: string;
  readonly labelNames: readonly string[];
}

function metrics(): readonly Described[] {
  const made = createMetrics(() => new Set());
  made.watchQueues(async () => ({}));
  made.watchStoppedRules(async () => []);
  return made.registry.getMetricsAsArray() as unknown as readonly Described[];
}

function sources(dir: string): string[] {
  return readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(join(dir, name)));
}

describe('docs/operating.md', () => {
  it('lists every setting as the service reads it', () => {
    const [, shown] = /<!-- settings: .* -->\n(.*)\n<!-- \/settings -->/s.exec(page) ?? [];
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

  it('lists every metric, with its labels', () => {
    const shown = tableAfter('## Metrics').map(([, name, labels]) => ({ name, labelNames: labels?.split(', ') }));
    const made = metrics().map(({ name, labelNames }) => ({
      name,
      labelNames: labelNames.length === 0 ? [''] : labelNames,
    }));
    expect(shown.toSorted(byName)).toEqual(made.toSorted(byName));
  });

  it('alerts on metrics that exist', () => {
    const known = metrics().flatMap(({ name }) => [name, `${name}_bucket`]);
    const used = [...page.matchAll(/expr: (.*)/g)].flatMap(([, expr = '']) => expr.match(/vestibule_\w+/g) ?? []);
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('explains every error code, and says whether it is tried again', () => {
    const shown = tableAfter('<!-- errors -->').map(([, code, again]) => [code, again === 'yes']);
    const known = Object.entries(errorCatalog).map(([code, { retryable }]) => [code, retryable]);
    expect(shown).toEqual(known);
  });

  it('names the headers of dead letters', () => {
    const shown = tableAfter('| header').flatMap(([, names]) => names?.split(', ') ?? []);
    expect(shown.toSorted()).toEqual(Object.values(deadLetterHeaders).toSorted());
  });

  it('quotes messages of the log that exist', () => {
    const said = [...sources('src'), ...sources('workers')].join('\n');
    const quoted = tableAfter('## What to do when').flatMap(([, seen = '']) => (seen.includes(';') ? [seen] : []));
    expect(quoted.length).toBeGreaterThan(4);
    expect(quoted.filter((message) => !said.includes(message))).toEqual([]);
  });
});

function byName(left: { name?: string | undefined }, right: { name?: string | undefined }): number {
  return (left.name ?? '') < (right.name ?? '') ? -1 : 1;
}
