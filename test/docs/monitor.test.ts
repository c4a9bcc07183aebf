import { describe, expect, it } from '@jest/globals';

import { createMetrics } from '../../src/app/metrics.ts';
import { read, sources, tableAfter } from './pages.ts';

const page = read('docs/monitor.md');

/** What prom-client exposes of a metric's definition only at run time. */
interface Described {
  readonly name: string;
  readonly labelNames: readonly string[];
}

function metrics(): readonly Described[] {
  const made = createMetrics(() => new Set());
  made.watchQueues(async () => ({}));
  made.watchStoppedRules(async () => []);
  made.watchFloods(async () => []);
  made.watchAudit(async () => ({ entries: 0, oldestMs: 0, refused: 0 }));
  made.watchClock(() => 0);
  made.watchOpenRegistrations(async () => []);
  made.watchTroubles(async () => []);
  made.watchOutages(async () => []);
  made.watchSafetyNet(async () => []);
  made.watchDoor(() => ({ inForce: 'v1', own: 'v1', agrees: true }));
  return made.registry.getMetricsAsArray() as unknown as readonly Described[];
}

describe('docs/monitor.md', () => {
  it('lists every metric, with its labels', () => {
    const shown = tableAfter(page, '## Metrics').map(([, name, labels]) => ({ name, labelNames: labels?.split(', ') }));
    const made = metrics().map(({ name, labelNames }) => ({
      name,
      labelNames: labelNames.length === 0 ? [''] : labelNames,
    }));
    expect(shown.toSorted(byName)).toEqual(made.toSorted(byName));
  });

  it('alerts on metrics that exist', () => {
    const known = metrics().flatMap(({ name }) => [name, `${name}_bucket`]);
    const used = [...page.matchAll(/expr: (.*)|^(histogram_.*)/gm)].flatMap(
      ([expr]) => expr.match(/vestibule_\w+/g) ?? [],
    );
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('explains each alert, in the order of their rules', () => {
    const alerts = [...page.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect(alerts.length).toBeGreaterThan(5);
    expect(tableAfter(page, '| alert ').map(([, name]) => name)).toEqual(alerts);
  });

  it('explains every error and warning of the log', () => {
    const shown = ['<!-- log: error -->', '<!-- log: warn -->'].flatMap((start) =>
      tableAfter(page, start).map(([, message = '']) => message.replace(/ …$/, '')),
    );
    const logged = messagesLogged();
    expect(logged.length).toBeGreaterThan(25);
    expect(logged.filter((message) => !shown.some((start) => message.startsWith(start)))).toEqual([]);
    const said = sources().join('\n');
    expect(shown.filter((message) => !said.includes(message))).toEqual([]);
  });

  it('explains every kind of audit entry', () => {
    const [, union = ''] = /export type AuditKind =(.*?);/s.exec(read('src/jobs/audit.ts')) ?? [];
    const kinds = [...union.matchAll(/'([\w-]+)'/g)].map(([, kind]) => kind);
    const shown = tableAfter(page, '<!-- audit kinds -->').flatMap(([, names]) => names?.split(', ') ?? []);
    expect(shown).toEqual(kinds);
  });
});

/** The message of each call that logs an error or a warning: its last string. A message that is no literal is left out. */
function messagesLogged(): string[] {
  return sources().flatMap((text) =>
    [...text.matchAll(/\b(?:log|#log)\??(?:\.(?:error|warn|fatal)|\[level\])\(/g)].flatMap((start) => {
      const call = untilClosed(text.slice(start.index + start[0].length));
      return /'([^']*)',?\s*$/.exec(call)?.[1] ?? [];
    }),
  );
}

function untilClosed(text: string): string {
  let depth = 1;
  for (const [index, char] of Array.from(text).entries()) {
    depth += char === '(' ? 1 : char === ')' ? -1 : 0;
    if (depth === 0) {
      return text.slice(0, index);
    }
  }
  return text;
}

function byName(left: { name?: string | undefined }, right: { name?: string | undefined }): number {
  return (left.name ?? '') < (right.name ?? '') ? -1 : 1;
}
