import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

import type { SealedTopic } from '../kafka/sealed-topic.ts';
import { approvalKeys } from './approval-keys.ts';
import { RefusedSnapshots, type SnapshotRefusal } from './refused-snapshots.ts';
import { SnapshotTaker } from './snapshot-taker.ts';
import { TopicMaterialiser } from './topic-materialiser.ts';

export interface ApprovalMaterialiserDeps {
  readonly redis: Redis;
  readonly prefix: string;
  readonly snapshots: SealedTopic;
  /** Id of the key that seals snapshots now. */
  readonly sealedWith: string;
  readonly log: Logger;
  /** Told of each record of the topic that is not believed. */
  readonly onRefused?: (why: SnapshotRefusal) => void;
  readonly checkEveryMs?: number;
}

/** Reads the approvals topic into Redis. */
export class ApprovalMaterialiser extends TopicMaterialiser {
  readonly #refused: RefusedSnapshots;

  constructor({ prefix, snapshots, onRefused = () => undefined, ...deps }: ApprovalMaterialiserDeps) {
    const keys = approvalKeys(prefix);
    const { unpublished, waiting, unsettled } = keys;
    const refused = new RefusedSnapshots('approvals', deps.log, onRefused);
    const taker = new SnapshotTaker(keys, refused, (id, json) => snapshots.publish(id, json));
    super({
      ...deps,
      topic: snapshots,
      what: 'approvals',
      keys,
      take: (record, commands, now) => taker.take(record, commands, now),
      fillTopic: (commands) =>
        commands.zunionstore(unpublished, 3, unpublished, waiting, unsettled, 'AGGREGATE', 'MIN'),
    });
    this.#refused = refused;
  }

  /** What the topic held that is not believed, since the start; `null`: nothing. */
  get refusals(): string | null {
    return this.#refused.detail;
  }
}
