import type { ChainableCommander } from 'ioredis';

import type { Approval } from '../../approvals/approval.ts';
import { isServiceError } from '../../platform/errors.ts';
import type { TopicRecord } from '../kafka/sealed-topic.ts';
import type { ApprovalKeys } from './approval-keys.ts';
import { dropCommand, forgetAt, isBeyondMemory, markCommand, putCommand } from './approval-scripts.ts';
import type { RefusedSnapshots, SnapshotRefusal } from './refused-snapshots.ts';
import { parseSnapshot } from './snapshot.ts';

/**
 * Turns records of the approvals topic into commands to Redis. A record that is not believed changes nothing in Redis.
 * Redis's own state follows it in the topic, so that the last record there is genuine before compaction takes those before.
 */
export class SnapshotTaker {
  readonly #keys: ApprovalKeys;
  readonly #refused: RefusedSnapshots;
  readonly #publish: (id: string, json: string) => Promise<void>;

  constructor(keys: ApprovalKeys, refused: RefusedSnapshots, publish: (id: string, json: string) => Promise<void>) {
    this.#keys = keys;
    this.#refused = refused;
    this.#publish = publish;
  }

  /** Adds the commands of one record. Resolves when the topic has what must be in it before the record counts as read. */
  async take({ id, json, seal }: TopicRecord, commands: ChainableCommander, now: number): Promise<void> {
    const refuse = (why: SnapshotRefusal, message?: string): void => {
      this.#refused.note(why, id, message);
      commands.eval(...markCommand(this.#keys, id, now));
    };
    if (seal !== 'genuine' && seal !== 'older') {
      return refuse(seal);
    }
    if (json === null) {
      commands.eval(...dropCommand(this.#keys, id));
      return undefined;
    }
    const approval = readOr(json, id);
    if (typeof approval === 'string') {
      return refuse('unreadable', approval);
    }
    if (isBeyondMemory(approval, now)) {
      return refuse('too-old');
    }
    if (approval.settled && forgetAt(approval) <= now) {
      // Its last revision, by the state machine: nothing newer can be behind it.
      return seal === 'older' ? this.#publish(id, json) : undefined;
    }
    commands.eval(...putCommand(this.#keys, 'tail', approval, json, now));
    if (seal === 'older') {
      commands.eval(...markCommand(this.#keys, id, now));
    }
    return undefined;
  }
}

/** @returns the approval, or why there is none */
function readOr(json: string, id: string): Approval | string {
  try {
    const approval = parseSnapshot(json);
    return approval.id === id ? approval : 'it names another approval than its key does';
  } catch (error) {
    if (isServiceError(error, 'APPROVAL_UNREADABLE')) {
      return error.message;
    }
    throw error;
  }
}
