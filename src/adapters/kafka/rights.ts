/** What a login needs in Kafka, on one topic or one consumer group. */
export interface KafkaRight {
  readonly operation: 'Create' | 'Read' | 'Write';
  readonly topic?: string;
  readonly group?: string;
}

/** Groups of one reading each end in a random id: the right is for all that begin alike. */
const RANDOM_END = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The command of an administrator that grants a right. @param user name of the login, where known */
export function grantCommand({ operation, topic, group }: KafkaRight, user = '…'): string {
  const resource =
    group === undefined
      ? `--topic ${topic ?? '…'}`
      : RANDOM_END.test(group)
        ? `--resource-pattern-type prefixed --group ${group.replace(RANDOM_END, '')}`
        : `--group ${group}`;
  return `kafka-acls.sh --bootstrap-server … --add --allow-principal User:${user} --operation ${operation} ${resource}`;
}
