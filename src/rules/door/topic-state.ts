import { digestOf, Standing } from './standing.ts';
import { type DoorRecord, jsonOf, type Part, partIn, signerOf } from './wire.ts';

/** A record as the topic has it. */
export interface SignedRecord extends DoorRecord {
  readonly signature: string | undefined;
}

export interface StandingRecord extends Omit<SignedRecord, 'value'> {
  /** `null`: a tombstone. */
  readonly value: string | null;
  readonly offset: bigint;
}

/** A policy that was published in full. */
export interface Published {
  readonly sequence: number;
  readonly version: string;
  readonly json: string;
  readonly records: readonly SignedRecord[];
  /** Whether the key that signs now has signed it. */
  readonly signedNow: boolean;
}

interface Begun {
  readonly part: Part;
  readonly record: SignedRecord;
  readonly signedNow: boolean;
}

/**
 * What a Keycloak that reads the door's topic knows: the policy with the highest sequence of which all parts were there.
 * And whether one that reads the topic from its beginning would find the same: a record can be deleted, or overwritten.
 */
export class TopicState {
  readonly #topic: string;
  readonly #signingKeys: readonly string[];
  readonly #standing = new Standing();
  /** Parts of policies that are not complete, by sequence and version. */
  readonly #begun = new Map<string, Map<number, Begun>>();
  #inForce: Published | null = null;
  /** Of its records, in their order. They are compared several times in a second. */
  #digests: readonly string[] = [];

  constructor(topic: string, signingKeys: readonly string[]) {
    this.#topic = topic;
    this.#signingKeys = signingKeys;
  }

  get inForce(): Published | null {
    return this.#inForce;
  }

  /** @returns whether the record is believed: a policy of an instance with one of the same signing keys */
  take({ key, value, signature, offset }: StandingRecord): boolean {
    this.#standing.put(key, value, offset);
    const signer = value === null ? null : signerOf(this.#topic, { key, value }, signature, this.#signingKeys);
    if (value === null || signer === null) {
      return value === null;
    }
    const record = { key, value, signature };
    const part = partIn(record);
    if (part !== null && part.sequence > (this.#inForce?.sequence ?? -1)) {
      this.#add({ part, record, signedNow: signer === 'first' });
    }
    return true;
  }

  /** What the topic has no more: all that is not between its first offset and its end. */
  keep(first: bigint, end: bigint): void {
    this.#standing.keep(first, end);
  }

  /** The records of the policy in force that do not stand in the topic, or not as its last word. */
  missing(): readonly SignedRecord[] {
    const records = this.#inForce?.records ?? [];
    return records.filter(({ key }, index) => !this.#standing.has(key, this.#digests[index] ?? ''));
  }

  #add(one: Begun): void {
    const { sequence, version, part, parts: count } = one.part;
    const id = `${sequence} ${version} ${count}`;
    const begun = this.#begun.get(id) ?? new Map<number, Begun>();
    this.#begun.set(id, begun.set(part, one));
    if (begun.size < count) {
      return;
    }
    const all = [...begun.values()].toSorted((left, right) => left.part.part - right.part.part);
    const json = jsonOf(all.map((each) => each.part));
    if (json !== null) {
      const records = all.map(({ record }) => record);
      this.#digests = records.map(({ value }) => digestOf(value));
      this.#inForce = { sequence, version, json, records, signedNow: all.every(({ signedNow }) => signedNow) };
    }
    for (const [other, [first]] of [...this.#begun].map(([key, parts]) => [key, [...parts.values()]] as const)) {
      if (other === id || (first?.part.sequence ?? 0) <= (this.#inForce?.sequence ?? -1)) {
        this.#begun.delete(other);
      }
    }
  }
}
