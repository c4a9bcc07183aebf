import { isServiceError, ServiceError } from '../../platform/errors.ts';
import { grantCommand, type KafkaRight } from './rights.ts';

/** What repeating does not cure: the operator has to change a right, a login or a setting. */
const remedies = new Map([
  ['CLUSTER_AUTHORIZATION_FAILED', 'grant this user the right on the cluster'],
  ['SASL_AUTHENTICATION_FAILED', 'correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD'],
  ['INVALID_SESSION_TIMEOUT', 'the broker wants a longer session (group.min.session.timeout.ms); one is tried'],
  ['UNSUPPORTED_SASL_MECHANISM', 'correct KAFKA_SASL_MECHANISM'],
]);

/**
 * Translates what kafkajs throws; `doing` completes "could not …".
 * @param needs the operation that `details.topic` has to allow; the group is always read
 */
export function kafkaError(
  cause: unknown,
  doing: string,
  details: { readonly topic?: string; readonly groupId?: string } & Record<string, unknown> = {},
  needs: KafkaRight['operation'] = 'Read',
): ServiceError {
  if (cause instanceof ServiceError) {
    return cause;
  }
  const root = rootOf(cause);
  const type = typeOf(root);
  const remedy = type === undefined ? undefined : (missingRight(type, details, needs) ?? remedies.get(type));
  const said = root instanceof Error ? root.message : String(root);
  const why =
    remedy ?? (type === undefined && isUnanswered(root) ? `no broker of KAFKA_BROKERS answers (${said})` : said);
  return new ServiceError('KAFKA_UNAVAILABLE', `could not ${doing}: ${why}`, {
    cause,
    ...(type === undefined ? {} : { type }),
    ...details,
  });
}

function missingRight(
  type: string,
  { topic, groupId }: { readonly topic?: string; readonly groupId?: string },
  operation: KafkaRight['operation'],
): string | undefined {
  if (type === 'TOPIC_AUTHORIZATION_FAILED') {
    const command = grantCommand({ operation, ...(topic === undefined ? {} : { topic }) });
    return `this login lacks the right ${operation} on the topic ${topic ?? ''}: ${command}`;
  }
  if (type === 'GROUP_AUTHORIZATION_FAILED') {
    const command = grantCommand({ operation: 'Read', group: groupId ?? '…' });
    return `this login lacks the right Read on the consumer group ${groupId ?? ''}: ${command}`;
  }
  return undefined;
}

/** Kafka's own name of an error. kafkajs loses it where a login is refused, and throws an error of its own. */
function typeOf(root: unknown): string | undefined {
  if (root instanceof Error && root.name === 'KafkaJSSASLAuthenticationError') {
    return 'SASL_AUTHENTICATION_FAILED';
  }
  return root instanceof Error && 'type' in root && typeof root.type === 'string' ? root.type : undefined;
}

/** @throws ServiceError KAFKA_UNAVAILABLE that names the setting to correct, where it is one */
export async function connectToKafka(client: { connect(): Promise<void> }): Promise<void> {
  await client.connect().catch((cause: unknown) => {
    throw kafkaError(cause, 'connect to Kafka');
  });
}

/** How a certificate or a protocol that does not fit is called by Node. */
const tlsFault = /CERT|SSL|TLS|LEAF_SIGNATURE|^EPROTO$/;

/**
 * Whether nobody answered, or a broker that is not ready yet. Anything else has to be mended by an operator. A host that
 * has no address counts as away: in a cluster, the name of a service goes when its last instance does.
 */
export function isAway(error: unknown): error is ServiceError {
  if (!isServiceError(error, 'KAFKA_UNAVAILABLE')) {
    return false;
  }
  return isUnanswered(rootOf(error.cause));
}

function isUnanswered(root: unknown): boolean {
  const { retriable, code } = (root ?? {}) as { readonly retriable?: boolean; readonly code?: unknown };
  return retriable === true && !(typeof code === 'string' && tlsFault.test(code));
}

/** kafkajs wraps what ended its retries, and gathers what befell several topics. */
function rootOf(error: unknown): unknown {
  if (error instanceof Error && 'errors' in error && Array.isArray(error.errors) && error.errors.length > 0) {
    return rootOf(error.errors[0]);
  }
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;
}
