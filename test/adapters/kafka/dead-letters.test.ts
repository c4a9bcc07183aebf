import { describe, expect, it } from '@jest/globals';
import type { Message } from 'kafkajs';

import { createDeadLetters } from '../../../src/adapters/kafka/dead-letters.ts';
import { ServiceError } from '../../../src/platform/errors.ts';

const error = new ServiceError('EVENT_UNREADABLE', 'the event cannot be read: not JSON');
const record = {
  topic: 'keycloak.events',
  partition: 3,
  offset: '42',
  key: Buffer.from('u-1'),
  value: Buffer.from([0xff, 0x00]),
  headers: { trace: Buffer.from('t'), many: ['a', 'b'] },
};

async function bury(change: Partial<typeof record> = {}): Promise<Message | undefined> {
  const written: Message[] = [];
  const writer = { write: async (message: Message) => void written.push(message) };
  await createDeadLetters(writer, () => 0)({ ...record, ...change }, error);
  return written[0];
}

describe('src/adapters/kafka/dead-letters', () => {
  it('keeps key, value and headers as they came, with cause and place in headers beside them', async () => {
    await expect(bury()).resolves.toEqual({
      key: record.key,
      value: record.value,
      headers: {
        ...record.headers,
        'vestibule-error-code': 'EVENT_UNREADABLE',
        'vestibule-error': 'the event cannot be read: not JSON',
        'vestibule-topic': 'keycloak.events',
        'vestibule-partition': '3',
        'vestibule-offset': '42',
        'vestibule-at': '1970-01-01T00:00:00.000Z',
      },
    });
  });

  it('cuts what no broker would take, and says so', async () => {
    const big = await bury({
      value: Buffer.alloc(3_000_000),
      headers: { ...record.headers, trace: Buffer.alloc(70_000) },
    });

    expect(big?.value).toHaveLength(700_000);
    expect(big?.key).toBeNull();
    expect(big?.headers).toMatchObject({ 'vestibule-cut': 'value, key and headers', 'vestibule-offset': '42' });
    expect(big?.headers).not.toHaveProperty('trace');
  });
});
