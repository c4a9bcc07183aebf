import type { Keycloak } from '../adapters/keycloak/keycloak.ts';
import type { EarlyDisable } from '../execute/early-disable.ts';
import { createRefusals } from '../execute/record-refusals.ts';
import { createIngest, type EventSource } from '../ingest/consume.ts';
import { createProofOf } from '../ingest/proof.ts';
import { enqueueEvents } from '../jobs/enqueue.ts';
import { signingKeysIn } from '../platform/signing-keys.ts';
import { concernsRealm } from '../rules/decide/realms-named.ts';
import type { Base } from './base.ts';
import type { Storage } from './storage.ts';

/** Begins to read the events topic, as soon as Kafka answers. */
export async function startConsumer(
  { config, log, lifecycle, metrics, realms, rules }: Base,
  source: EventSource,
  { jobs, joining, recordRefusal, sendToDeadLetters }: Storage,
  { events }: Keycloak,
  earlyDisable: EarlyDisable,
): Promise<void> {
  const proofOf = createProofOf({
    signingKeys: signingKeysIn(config.EVENT_SIGNING_KEY?.reveal() ?? ''),
    trusted: config.EVENTS_TOPIC_TRUSTED,
  });
  const ingest = createIngest({
    onRegistered: (registration, proof) => earlyDisable.begin(registration, proof),
    onRefused: createRefusals({
      rules: () => rules.current(),
      record: recordRefusal,
      count: (refusal) => metrics.refusedAtDoor(refusal),
      log,
    }),
    enqueue: (read) => enqueueEvents(jobs, read, 'kafka'),
    sendToDeadLetters,
    proofOf,
    concerns: (realm) => concernsRealm(rules.current(), realm),
    signed: config.EVENT_SIGNING_KEY !== undefined,
    realmName: (id) => events.realmName(id, realms()),
    log,
    count: (outcome, records) => metrics.events(outcome, records),
  });
  await lifecycle.open(
    'kafka consumer',
    () => source,
    async (consumer) => {
      joining.stop(); // else it might start a consumer that is stopped
      await consumer.stop();
    },
  );
  await joining.step(() => source.start(ingest));
}
