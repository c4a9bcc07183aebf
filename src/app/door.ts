import { DoorPublisher, type DoorState } from '../adapters/kafka/door-publisher.ts';
import { openDoorTopic } from '../adapters/kafka/door-topic.ts';
import { createDoorSupporters } from '../adapters/redis/door-supporters.ts';
import type { RulesInForce } from '../execute/gate.ts';
import { idsOf } from '../jobs/audit.ts';
import { createRepeats } from '../platform/repeats.ts';
import { signingKeysIn } from '../platform/signing-keys.ts';
import { compilePolicy } from '../rules/door/compile-policy.ts';
import type { DoorPolicy } from '../rules/door/policy.ts';
import { type Packed, packed } from '../rules/door/wire.ts';
import type { RuleBook } from '../rules/model.ts';
import type { Base } from './base.ts';
import { makeTopics, openWriter, type Storage } from './storage.ts';

/** The door as the rest of the service sees it. */
export interface Door extends RulesInForce {
  /** What the door's topic has; `null`: without a signing key nothing is published. */
  readonly state: () => DoorState | null;
}

/** Publishes what Keycloak's door has to know of the rules, now and whenever they change. */
export async function openDoor(
  base: Base,
  { kafka, producer, redis, joining }: Pick<Storage, 'kafka' | 'producer' | 'redis' | 'joining'>,
): Promise<Door> {
  const { config, lifecycle, log, metrics, rules } = base;
  const [first, ...others] = signingKeysIn(config.EVENT_SIGNING_KEY?.reveal() ?? '');
  if (first === undefined) {
    log.warn('without EVENT_SIGNING_KEY no policy goes to the door of Keycloak: what its without-policy says holds');
    return { state: () => null, otherRules: () => null };
  }
  const name = config.KAFKA_DOOR_TOPIC;
  const writer = await openWriter(base, producer, name);
  const publisher = await lifecycle.open(
    'publisher of the door policy',
    () =>
      new DoorPublisher({
        topic: openDoorTopic({ kafka, writer, topic: name, group: `${config.KAFKA_GROUP}-door`, log }),
        name,
        signingKeys: [first, ...others],
        own: policyOf(() => rules.current(), config.DRY_RUN),
        supporters: createDoorSupporters(redis, config.REDIS_PREFIX),
        makeTopic: () => makeTopics(base, kafka, true),
        log,
        onRefused: () => metrics.snapshotRefused('door'),
      }),
    (made) => made.stop(),
  );
  metrics.watchDoor(() => publisher.state);
  await joining.step(() => publisher.start());
  const repeats = createRepeats();
  return {
    state: () => publisher.state,
    otherRules(about) {
      const { policy } = about;
      const awaited = policy !== undefined && publisher.awaits(policy) ? policy.version : null;
      const inForce = awaited ?? publisher.otherRules;
      const told = inForce === null ? null : repeats(inForce);
      if (told !== null) {
        const details = { ...idsOf(about), inForce, own: rules.current().version, ...told };
        log.warn(details, 'a person at the gate waits for an instance with the rules in force at the door');
      }
      return inForce;
    },
  };
}

/** Compiled once for each rule book. In a dry run the door is open to everybody, for the service lets nobody in. */
function policyOf(rules: () => RuleBook, dryRun: boolean): () => Packed {
  let known: { readonly book: RuleBook; readonly policy: Packed } | null = null;
  return () => {
    const book = rules();
    if (known?.book !== book) {
      const policy: DoorPolicy = dryRun
        ? { format: 1, version: book.version, entries: [], lists: [] }
        : compilePolicy(book);
      known = { book, policy: packed(policy) };
    }
    return known.policy;
  };
}
