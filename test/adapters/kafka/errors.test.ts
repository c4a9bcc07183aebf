import { describe, expect, it } from '@jest/globals';

import { KafkaJSConnectionError, KafkaJSNumberOfRetriesExceeded } from 'kafkajs';

import { connectToKafka, kafkaError } from '../../../src/adapters/kafka/errors.ts';

const refused = (type: string): Error => Object.assign(new Error('Not authorized'), { type });

describe('src/adapters/kafka/errors', () => {
  it('names the right that is missing on a topic, and the command that grants it', () => {
    const cause = new Error('retries exceeded', { cause: refused('TOPIC_AUTHORIZATION_FAILED') });
    const { code, message, details } = kafkaError(cause, 'write to topic a', { topic: 'a' }, 'Write');
    expect({ code, message, type: details['type'] }).toEqual({
      code: 'KAFKA_UNAVAILABLE',
      type: 'TOPIC_AUTHORIZATION_FAILED',
      message:
        'could not write to topic a: this login lacks the right Write on the topic a: ' +
        'kafka-acls.sh --bootstrap-server … --add --allow-principal User:… --operation Write --topic a',
    });
  });

  it.each([
    ['vestibule', '--group vestibule'],
    [
      'vestibule-approvals.0b5e3463-e13d-403a-b2c3-67d73239fd4a',
      '--resource-pattern-type prefixed --group vestibule-approvals.',
    ],
  ])('names the right that is missing on the group %s', (groupId, resource) => {
    const { message } = kafkaError(refused('GROUP_AUTHORIZATION_FAILED'), 'read topic a', { topic: 'a', groupId });
    expect(message).toContain(`this login lacks the right Read on the consumer group ${groupId}: kafka-acls.sh`);
    expect(message.endsWith(`--operation Read ${resource}`)).toBe(true);
  });

  it('finds the reason where several topics were refused at once', () => {
    const cause = Object.assign(new Error('Topic creation errors'), { errors: [refused('TOPIC_ALREADY_EXISTS')] });
    expect(kafkaError(cause, 'create topics').details['type']).toBe('TOPIC_ALREADY_EXISTS');
  });

  it('names the setting when no broker answers', () => {
    const refusedBy = new KafkaJSConnectionError('Connection error: connect ECONNREFUSED', { code: 'ECONNREFUSED' });
    const cause = new KafkaJSNumberOfRetriesExceeded(refusedBy, { retryCount: 6, retryTime: 100 });
    expect(kafkaError(cause, 'read topic a').message).toBe(
      'could not read topic a: no broker of KAFKA_BROKERS answers (Connection error: connect ECONNREFUSED)',
    );
  });

  it.each([
    [Object.assign(new Error('SCRAM failed'), { name: 'KafkaJSSASLAuthenticationError' }), 'KAFKA_SASL_PASSWORD'],
    [refused('UNSUPPORTED_SASL_MECHANISM'), 'KAFKA_SASL_MECHANISM'],
  ])('names the setting when a login is refused: %s', async (cause, setting) => {
    await expect(connectToKafka({ connect: () => Promise.reject(cause) })).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringMatching(`could not connect to Kafka: correct .*${setting}`),
    });
  });
});
