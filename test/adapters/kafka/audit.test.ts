import { describe, expect, it } from '@jest/globals';
import type { Message } from 'kafkajs';

import { createAudit, createRefusalAudit } from '../../../src/adapters/kafka/audit.ts';
import { kafkaError } from '../../../src/adapters/kafka/errors.ts';
import { createLog } from '../../../src/platform/log.ts';
import { FakeAuditSpool } from '../../fakes/audit-spool.ts';

/** An audit on a Kafka that takes every record, none, or only small ones. */
function setup({ most = 100, refusedMost = 100 } = {}) {
  const written: Message[] = [];
  const lines: Record<string, unknown>[] = [];
  const kafka = { away: false, longest: Number.POSITIVE_INFINITY, tries: 0 };
  const writer = {
    async write(message: Message) {
      kafka.tries += 1;
      if (kafka.away) {
        throw kafkaError(new Error('connection refused'), 'write');
      }
      if (String(message.value).length > kafka.longest) {
        throw kafkaError(Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' }), 'write');
      }
      written.push(message);
    },
  };
  const log = createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const spool = new FakeAuditSpool({ entries: most, refused: refusedMost });
  const process = () => createAudit({ writer, spool, log, now: () => Date.UTC(2026, 10, 24) });
  const values = () => written.map(({ value }) => JSON.parse(String(value)));
  const steps = () => values().map(({ step }) => step);
  const said = (level: string) => lines.filter((line) => line['level'] === level).map(({ msg }) => msg);
  const refusals = createRefusalAudit({ writer, log });
  return { refusals, audit: process(), process, kafka, spool, written, values, steps, lines, said };
}
const entry = {
  kind: 'decided',
  realm: 'acme',
  clientId: 'portal',
  userId: 'u-1',
  eventId: 'e-1',
  rule: { file: 'acme.yaml', line: 5, rule: 'own staff' },
  version: 'abc',
} as const;
const step = (name: string) => ({ ...entry, kind: 'step', step: name }) as const;

describe('src/adapters/kafka/audit', () => {
  it("writes an entry under the user's id, with an id and a time of its own", async () => {
    const { audit, written, values } = setup();

    await audit.record(entry);
    await audit.record(entry);

    const [first, second] = values();
    expect(written.map(({ key }) => key)).toEqual(['u-1', 'u-1']);
    expect(first).toEqual({ id: expect.any(String), at: '2026-11-24T00:00:00.000Z', ...entry });
    expect(first.id).not.toBe(second.id);
  });

  it('takes what the door refused, without a key and the same twice, and keeps nothing of it in Redis', async () => {
    const { kafka, spool, refusals, written, values } = setup();
    const { userId: _, ...refused } = { ...entry, kind: 'refused-at-door' as const };
    const happened = { name: 'refused e-1', at: 0 };
    await refusals(refused, happened);
    await refusals(refused, happened);
    expect(written.map(({ key }) => key)).toEqual([null, null]);
    expect(values()[0]).toEqual({ id: expect.any(String), at: '1970-01-01T00:00:00.000Z', ...refused });
    expect(values()[0]).toEqual(values()[1]);
    kafka.away = true;
    await expect(refusals(refused, happened)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    expect(await spool.backlog()).toMatchObject({ entries: 0 });
  });

  it('is one line of the log as well', async () => {
    const { audit, lines } = setup();

    await audit.record(entry);

    expect(lines).toEqual([expect.objectContaining({ level: 'info', msg: 'audit', ...entry })]);
  });

  it('keeps entries while Kafka is away, and brings them in their order when it is back', async () => {
    const { audit, kafka, steps, said } = setup();
    kafka.away = true;
    await audit.record(step('1'));
    await audit.record(step('2'));
    expect(kafka.tries).toBe(1); // the second one does not wait for a Kafka that is known to be away
    expect(await audit.backlog()).toMatchObject({ entries: 2 });

    kafka.away = false;
    await audit.record(step('3'));
    await audit.keptForGood(entry);
    await audit.record(step('4'));

    expect(steps()).toEqual(['1', '2', '3', '4']);
    expect(said('error')).toEqual(['Kafka takes no audit entries; they wait in Redis']);
    expect(said('info')).toContain('Kafka has all audit entries again');
  });

  it('says that a registration is not in Kafka for good while an entry waits', async () => {
    const { audit, kafka } = setup();
    await expect(audit.keptForGood(entry)).resolves.toBeUndefined();

    kafka.away = true;
    await audit.record(entry);

    await expect(audit.keptForGood(entry)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE', retryable: true });
  });

  it('brings what an earlier process left behind', async () => {
    const { audit, kafka, process, steps } = setup();
    kafka.away = true;
    await audit.record(step('1'));
    kafka.away = false;

    const next = process();
    await next.start();
    await next.record(step('2'));
    await next.stop();

    expect(steps()).toEqual(['1', '2']);
  });

  it('refuses an entry when too many wait, says so once, and loses none of those', async () => {
    const { audit, kafka, steps, said } = setup({ most: 2 });
    kafka.away = true;
    await audit.record(step('1'));
    await audit.record(step('2'));
    for (const name of ['3', '4']) {
      await expect(audit.record(step(name))).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE', retryable: true });
    }

    kafka.away = false;
    await audit.keptForGood(entry);

    expect(steps()).toEqual(['1', '2']);
    expect(said('error')).toEqual([
      'Kafka takes no audit entries; they wait in Redis',
      'too many audit entries wait in Redis; what needs one waits as well',
    ]);
  });

  it('fails when neither Kafka nor Redis takes an entry', async () => {
    const { audit, kafka, spool } = setup();
    kafka.away = true;
    spool.add = () => Promise.reject(new Error('Redis is away'));

    await expect(audit.record(entry)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  });

  it('cuts a text that is too long', async () => {
    const { audit, values } = setup();

    await audit.record({ ...entry, because: 'x'.repeat(5_000), rule: { ...entry.rule, rule: 'y'.repeat(5_000) } });

    const [{ because, rule }] = values();
    expect([because.length, rule.rule.length]).toEqual([2_000, 2_000]);
  });

  it('shortens an entry that Kafka finds too large, and has it keep no other waiting', async () => {
    const { audit, kafka, values, steps } = setup();
    kafka.longest = 1_000;

    await audit.record({ ...step('big'), because: 'x'.repeat(1_500) });
    await audit.record(step('small'));
    await audit.keptForGood(entry);

    expect(steps()).toEqual(expect.arrayContaining(['big', 'small']));
    expect(values().find((value) => value.step === 'big').because).toHaveLength(300);
  });

  it('keeps an entry apart that Kafka never takes; only its own registration waits for it', async () => {
    const { audit, kafka, steps, said } = setup();
    kafka.longest = 300;
    await audit.record({ ...step('big'), because: 'x'.repeat(400) });
    kafka.longest = 500;
    await audit.record({ ...step('small'), eventId: 'e-2' });

    await audit.keptForGood({ eventId: 'e-2' });
    await expect(audit.keptForGood({ eventId: 'e-1' })).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });

    expect(steps()).toEqual(['small']);
    expect(await audit.backlog()).toMatchObject({ entries: 0, refused: 1 });
    expect(said('error')).toContain('Kafka refuses an audit entry; it is kept in Redis');
  });

  it('records what happened once only once, also by another process', async () => {
    const { audit, process, values } = setup();
    const happened = { name: 'vote of desk', at: Date.UTC(2026, 10, 23) };

    await audit.recordOnce(entry, happened);
    await process().recordOnce(entry, happened);
    await audit.recordOnce(entry, { ...happened, name: 'vote of boss' });

    expect(values().map(({ at }) => at)).toEqual(['2026-11-23T00:00:00.000Z', '2026-11-23T00:00:00.000Z']);
    expect(values()[0].id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(values()[0].id).not.toBe(values()[1].id);
  });
});
