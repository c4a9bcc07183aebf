export interface TopicNames {
  readonly events: string;
  readonly approvals: string;
  readonly state: string;
  readonly door: string;
  readonly audit: string;
  readonly deadLetters: string;
}

export interface WantedTopic {
  readonly topic: string;
  /** `null`: somebody else's topic, which may have its reasons. */
  readonly setting: string | null;
  readonly partitions: number;
  readonly cleanup: 'compact' | 'delete';
  /** Why another cleanup policy would lose something. */
  readonly because: string;
  readonly config: Readonly<Record<string, string>>;
}

const DAY_MS = 86_400_000;

/** Kafka refuses a record whose time is an hour ahead of its own. Our clock may be wrong, so the time is Kafka's. */
const timed = { 'message.timestamp.type': 'LogAppendTime' };

const wanted: { readonly [Name in keyof TopicNames]: Omit<WantedTopic, 'topic'> } = {
  events: {
    setting: null,
    partitions: 6,
    cleanup: 'delete',
    because: "compaction keeps only a user's last event",
    config: { 'retention.ms': String(7 * DAY_MS) },
  },
  approvals: {
    setting: 'KAFKA_APPROVALS_TOPIC',
    partitions: 1,
    cleanup: 'compact',
    because: 'an approval that waits longer than the retention would be lost',
    // For a day each snapshot stays: see RedisApprovalStore on what a late repeat of an older one does. Older ones hold IP
    // addresses, which the last one of a settled approval does not: so they go within a week, also in a quiet topic.
    config: { ...timed, 'min.compaction.lag.ms': String(DAY_MS), 'max.compaction.lag.ms': String(7 * DAY_MS) },
  },
  state: {
    setting: 'KAFKA_STATE_TOPIC',
    partitions: 1,
    cleanup: 'compact',
    because: 'a delayed step that waits longer than the retention would be lost',
    // As of the approvals: a late repeat of an older record is corrected before compaction takes the newer one.
    config: { ...timed, 'min.compaction.lag.ms': String(DAY_MS), 'max.compaction.lag.ms': String(7 * DAY_MS) },
  },
  door: {
    setting: 'KAFKA_DOOR_TOPIC',
    partitions: 1,
    cleanup: 'compact',
    because: 'a Keycloak that starts after the retention would find no policy for its door',
    config: { ...timed, 'min.compaction.lag.ms': String(DAY_MS), 'max.compaction.lag.ms': String(7 * DAY_MS) },
  },
  audit: {
    setting: 'KAFKA_AUDIT_TOPIC',
    partitions: 3,
    cleanup: 'delete',
    because: "compaction keeps only a user's last entry",
    config: { ...timed, 'retention.ms': String(3 * 365 * DAY_MS) },
  },
  deadLetters: {
    setting: 'KAFKA_DEAD_LETTER_TOPIC',
    partitions: 1,
    cleanup: 'delete',
    because: 'a compacted topic refuses records without a key',
    config: { ...timed, 'retention.ms': String(90 * DAY_MS) },
  },
};

/** The topics as they would be made: events, approvals, state, door, audit, dead letters. */
export function wantedTopics(names: TopicNames): WantedTopic[] {
  const { events, approvals, state, door, audit, deadLetters } = wanted;
  return [
    { topic: names.events, ...events },
    { topic: names.approvals, ...approvals },
    { topic: names.state, ...state },
    { topic: names.door, ...door },
    { topic: names.audit, ...audit },
    { topic: names.deadLetters, ...deadLetters },
  ];
}
