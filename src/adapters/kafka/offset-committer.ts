import type { Logger } from 'pino';

/** The next offset to read, by partition. */
export type Offsets = ReadonlyMap<number, string>;

export interface OffsetCommitter {
  /** All records of the partition before `next` are done with. `send` commits through the group's current generation. */
  note(partition: number, next: string, send: (offsets: Offsets) => Promise<void>): void;
  /** Drops what is not committed yet: the group has a new generation, which begins at what is. */
  forget(): void;
  /** Resolves when nothing is left to commit, or the last try failed. */
  flush(): Promise<void>;
}

/**
 * Commits offsets beside the reading rather than before it: the next records are fetched while a commit is in the air.
 * One request at a time; what is noted meanwhile goes with the next, the latest offset of each partition only.
 *
 * A commit that fails costs no record, only that some may come twice, so it is logged and sent again with the next one.
 */
export function createOffsetCommitter(log: Logger): OffsetCommitter {
  let pending = new Map<number, string>();
  let pumping: Promise<void> | null = null;
  let send: (offsets: Offsets) => Promise<void> = () => Promise.resolve();

  async function pump(): Promise<void> {
    while (pending.size > 0) {
      const source = pending;
      const offsets = new Map(source);
      source.clear();
      try {
        await send(offsets);
      } catch (error) {
        log.warn({ err: error }, 'offsets could not be committed; some records may come twice');
        offsets.forEach((next, partition) => source.set(partition, source.get(partition) ?? next));
        break;
      }
    }
    pumping = null;
  }

  return {
    note(partition, next, through) {
      pending.set(partition, next);
      send = through;
      pumping ??= pump();
    },
    forget() {
      pending = new Map();
    },
    async flush() {
      await pumping;
      if (pending.size > 0) {
        pumping = pump();
        await pumping;
      }
    },
  };
}
