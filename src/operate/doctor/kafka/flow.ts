import { error, type Finding, fine, holding, warning } from '../finding.ts';
import type { PartitionFacts, TopicFacts } from './topics.ts';

export interface GroupFacts {
  readonly id: string;
  readonly members: number;
  /** Next offset to read, by partition, where one was committed. */
  readonly committed: ReadonlyMap<number, bigint>;
}

const manyWaiting = 1_000;

/** A registration on the events topic. */
export interface SeenRecord {
  /** ms since 1970. */
  readonly at: number;
  readonly signed: boolean;
}

/** Whether registrations arrive with a signature that this service can verify. @param newest newest first */
export function signatureFindings(topic: string, newest: readonly SeenRecord[]): Finding[] {
  const unsigned = newest.filter(({ signed }) => !signed).length;
  const remedy = "give the listener's signing-key and EVENT_SIGNING_KEY the same key, and restart Keycloak";
  return holding(
    [
      newest.length > 0 && unsigned === 0,
      () => fine('kafka-signatures', `the last ${newest.length} registrations on ${topic} are signed`),
    ],
    [
      newest[0]?.signed === false,
      () =>
        error(
          'kafka-signatures-wrong',
          `the newest registration on ${topic} is not signed with a key in EVENT_SIGNING_KEY, nor are ${unsigned} of the last ${newest.length}: the event store has to confirm each`,
          `${remedy}; if the listener does sign, see who else writes to the topic`,
        ),
    ],
    [
      newest[0]?.signed === true && unsigned > 0,
      () =>
        warning(
          'kafka-signatures-mixed',
          `${unsigned} of the last ${newest.length} registrations on ${topic} are not signed with a key in EVENT_SIGNING_KEY`,
          `if they are from before the key was set, nothing; else ${remedy}, or see who else writes to the topic`,
        ),
    ],
  );
}

/** Whether the events are written, and read. @param recent whether the topic got a record within the last week */
export function flowFindings(topic: string, events: TopicFacts, group: GroupFacts, recent: boolean): Finding[] {
  const sum = (of: (partition: PartitionFacts) => bigint): number =>
    Number(events.partitions.map(of).reduce((total, part) => total + (part > 0n ? part : 0n), 0n));
  const lost = sum(({ id, low }) => low - (group.committed.get(id) ?? low));
  const waiting = sum(({ id, low, high }) => high - larger(group.committed.get(id) ?? low, low));
  return holding(
    [
      !recent,
      () =>
        warning(
          'kafka-events-silent',
          `nobody has written to ${topic} within a week`,
          'register somebody; when nothing arrives, look at the listener of the realm and at its log in Keycloak',
        ),
    ],
    [
      lost > 0,
      () =>
        error(
          'kafka-unread-lost',
          `${lost} records of ${topic} were deleted before the group ${group.id} read them`,
          'keep events longer (retention.ms), run the service; what the event store has is read from there',
        ),
    ],
    [
      group.members === 0 && waiting > 0,
      () =>
        warning(
          'kafka-nobody-reads',
          `${waiting} records wait in ${topic}, and nobody is in the group ${group.id}`,
          'start vestibule run; all instances need the same KAFKA_GROUP',
        ),
    ],
    [
      group.members > 0 && waiting >= manyWaiting,
      () =>
        warning(
          'kafka-lag',
          `the group ${group.id} is ${waiting} records behind in ${topic}`,
          'look at /readyz and at the log: a record that cannot be queued holds up its partition; else add instances',
        ),
    ],
    [
      recent && lost === 0 && waiting < manyWaiting && group.members > 0,
      () => fine('kafka-flow', `${topic} is written and read, ${waiting} waiting`),
    ],
  );
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
