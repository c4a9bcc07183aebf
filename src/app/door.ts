import { DoorPublisher, type DoorState } from '../adapters/kafka/door-publisher.ts';
import { openDoorTopic } from '../adapters/kafka/door-topic.ts';
import { createDoorSupporters } from '../adapters/redis/door-supporters.ts';
import { signingKeysIn } from '../platform/signing-keys.ts';
import { compilePolicy } from '../rules/door/compile-policy.ts';
import type { DoorPolicy } from '../rules/door/policy.ts';
import { type Packed, packed } from '../rules/door/wire.ts';
import type { RuleBook } from '../rules/model.ts';
import type { Base } from './base.ts';
import { makeTopics, openWriter, type Storage } from './storage.ts';

/** What the door's topic has; `null`: without a signing key nothing is published. */
export type DoorHealth = () => DoorState | null;

/** Publishes what Keycloak's door has to know of the rules, now and whenever they change. */
export async function openDoor(
  base: Base,
  { kafka, producer, redis, joining }: Pick<Storage, 'kafka' | 'producer' | 'redis' | 'joining'>,
): Promise<DoorHealth> {
  const { config, lifecycle, log, metrics, rules } = base;
  const [first, ...others] = signingKeysIn(config.EVENT_SIGNING_KEY?.reveal() ?? '');
  if (first === undefined) {
    log.warn('without EVENT_SIGNING_KEY no policy goes to the door of Keycloak: what its without-policy says holds');
    return () => null;
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
  return () => publisher.state;
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
