import { describe, expect, it } from '@jest/globals';
import type { Message } from 'kafkajs';

import { createAudit } from '../../../src/adapters/kafka/audit.ts';
import { createLog } from '../../../src/platform/log.ts';

function setup() {
  const written: Message[] = [];
  const lines: string[] = [];
  const writer = {
    async write(message: Message) {
      written.push(message);
    },
  };
  const log = createLog('info', { write: (line: string) => void lines.push(line) });
  const audit = createAudit(writer, log, () => Date.UTC(2026, 10, 24));
  return { audit, written, lines: () => lines.map((line) => JSON.parse(line)) };
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

describe('src/adapters/kafka/audit', () => {
  it("writes an entry under the user's id, with an id and a time of its own", async () => {
    const { audit, written } = setup();

    await audit.record(entry);
    await audit.record(entry);

    const records = written.map(({ value }) => JSON.parse(String(value)));
    expect(written.map(({ key }) => key)).toEqual(['u-1', 'u-1']);
    expect(records[0]).toEqual({ id: expect.any(String), at: '2026-11-24T00:00:00.000Z', ...entry });
    expect(records[0].id).not.toBe(records[1].id);
  });

  it('is one line of the log as well', async () => {
    const { audit, lines } = setup();

    await audit.record(entry);

    expect(lines()).toEqual([expect.objectContaining({ level: 'info', msg: 'audit', ...entry })]);
  });
});
