import { describe, expect, it } from '@jest/globals';

import { createRefusals } from '../../src/execute/record-refusals.ts';
import type { Refusal } from '../../src/ingest/registration.ts';
import type { RefusalEntry } from '../../src/jobs/audit.ts';
import { createLog } from '../../src/platform/log.ts';
import { ServiceError } from '../../src/platform/errors.ts';

const refusal: Refusal = {
  eventId: 'e-1',
  time: 5,
  realm: 'acme',
  clientId: 'partner-portal',
  error: 'registration_refused',
  rule: { file: 'partner.yaml', name: 'throwaway mail', version: 'v1' },
};

function setup({ away = false } = {}) {
  const entries: RefusalEntry[] = [];
  const names: string[] = [];
  const counted: string[] = [];
  const lines: { msg: string; level: string }[] = [];
  const clock = { time: 0 };
  const rule = { name: 'throwaway mail', file: 'partner.yaml', line: 7, when: null, then: [], dryRun: false };
  const refuse = createRefusals({
    rules: () => ({
      version: 'v2',
      files: [{ file: 'partner.yaml', realms: ['acme'], clients: ['*'], application: null, hold: null, rules: [rule] }],
    }),
    async record(entry, { name }) {
      if (away) {
        throw new ServiceError('KAFKA_UNAVAILABLE', 'no answer');
      }
      entries.push(entry);
      names.push(name);
    },
    count: (given) => void counted.push(given.rule),
    log: createLog('warn', { write: (line: string) => void lines.push(JSON.parse(line)) }),
    now: () => clock.time,
  });
  return { refuse, entries, names, counted, lines, clock };
}

describe('src/execute/record-refusals', () => {
  it('leaves alone what is refused in a realm that no rule is for', async () => {
    const { refuse, entries, counted } = setup();
    await refuse([{ ...refusal, realm: 'other' }]);
    expect([entries, counted]).toEqual([[], []]);
  });

  it('records which rule of which version refused, and counts it by a rule that is in force', async () => {
    const { refuse, entries, counted } = setup();
    const older = { file: 'partner.yaml', name: 'gone by now', version: null };
    await refuse([refusal, { ...refusal, rule: older }, { ...refusal, rule: null, error: 'registration_closed' }]);
    const ids = { kind: 'refused-at-door', realm: 'acme', clientId: 'partner-portal', eventId: 'e-1' };
    expect(entries).toEqual([
      {
        ...ids,
        outcome: 'registration_refused',
        rule: { file: 'partner.yaml', line: 7, rule: 'throwaway mail' },
        version: 'v1',
      },
      { ...ids, outcome: 'registration_refused', rule: { file: 'partner.yaml', line: 0, rule: 'gone by now' } },
      { ...ids, outcome: 'registration_closed' },
    ]);
    expect(counted).toEqual(['throwaway mail', 'other', 'none']);
  });

  it('names what came twice in the same way', async () => {
    const { refuse, names } = setup();
    await refuse([refusal]);
    await refuse([refusal]);
    expect(new Set(names).size).toBe(1);
  });

  it('counts a flood, records some of it, and hides no refusal of another client behind it', async () => {
    const { refuse, entries, counted, lines, clock } = setup();
    for (let second = 0; second < 100; second += 1) {
      clock.time += 1_000;
      await refuse(Array.from({ length: 100 }, () => refusal));
    }
    expect(counted).toHaveLength(10_000);
    expect(entries.length).toBeGreaterThanOrEqual(50);
    expect(entries.length).toBeLessThan(70);
    expect(entries.at(-1)?.because).toMatch(/^\d+ before this one are not recorded$/);
    expect(lines.map(({ msg }) => msg)).toEqual(
      Array.from({ length: 2 }, () => 'the door refuses more than the audit records of each'),
    );
    await refuse([{ ...refusal, clientId: 'blog' }]);
    expect(entries.at(-1)).toMatchObject({ clientId: 'blog' });
  });

  it('bounds what clients without end can do', async () => {
    const { refuse, entries } = setup();
    await refuse(Array.from({ length: 5_000 }, (_, index) => ({ ...refusal, clientId: `client-${index}` })));
    expect(entries.length).toBeLessThanOrEqual(500 + 50);
  });

  it('goes on without Kafka, and says so once', async () => {
    const { refuse, counted, lines } = setup({ away: true });
    await expect(refuse([refusal, refusal])).resolves.toBeUndefined();
    expect(counted).toHaveLength(2);
    expect(lines.map(({ msg }) => msg)).toEqual(['a refusal at the door is not in the audit topic']);
  });
});
