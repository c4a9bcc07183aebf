import { ServiceError } from '../../errors.ts';

/** What repeating does not cure: the operator has to change a right, a login or a setting. */
const remedies = new Map([
  ['TOPIC_AUTHORIZATION_FAILED', 'grant this user the right on the topic'],
  ['GROUP_AUTHORIZATION_FAILED', 'grant this user the right on the consumer group'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'grant this user the right on the cluster'],
  ['SASL_AUTHENTICATION_FAILED', 'correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD'],
  ['UNSUPPORTED_SASL_MECHANISM', 'correct KAFKA_SASL_MECHANISM'],
]);

/** Translates what kafkajs throws; `doing` completes "could not …". */
export function kafkaError(cause: unknown, doing: string, details: Record<string, unknown> = {}): ServiceError {
  if (cause instanceof ServiceError) {
    return cause;
  }
  const root = rootOf(cause);
  const type = root instanceof Error && 'type' in root && typeof root.type === 'string' ? root.type : undefined;
  const remedy = type === undefined ? undefined : remedies.get(type);
  const why = remedy ?? (root instanceof Error ? root.message : String(root));
  return new ServiceError('KAFKA_UNAVAILABLE', `could not ${doing}: ${why}`, {
    cause,
    ...(type === undefined ? {} : { type }),
    ...details,
  });
}

/** kafkajs wraps what ended its retries. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;
}
