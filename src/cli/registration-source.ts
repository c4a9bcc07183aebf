import { createKafka } from '../adapters/kafka/client.ts';
import { kafkaSettingsOf } from '../adapters/kafka/settings.ts';
import { readTopic } from '../adapters/kafka/topic-reader.ts';
import type { Keycloak } from '../adapters/keycloak/keycloak.ts';
import { kafkaSettings, readSettings } from '../platform/settings.ts';
import { isServiceError } from '../platform/errors.ts';
import { storedRegistrations } from '../operate/history/stored-registrations.ts';
import { createLog } from '../platform/log.ts';
import { decode } from '../ingest/decode.ts';
import type { DecodedEvent } from '../ingest/decoded-event.ts';
import type { Registration } from '../ingest/registration.ts';
import type { Io } from './command.ts';
import { readInput, registrationsIn } from './event-file.ts';

/** Where recorded registrations come from. */
export type Source =
  | { readonly kind: 'file'; readonly path: string; readonly realm: string | undefined }
  | { readonly kind: 'store'; readonly realm: string; readonly since: number }
  | { readonly kind: 'topic'; readonly topic: string; readonly since: number };

export interface SourceDeps {
  readonly io: Io;
  /** Made when it is needed, and then without the settings of anything else. */
  readonly keycloak: () => Promise<Keycloak>;
  /** Realms that rules name, to know the realm of an event by its id. */
  readonly realms: readonly string[];
  readonly show: (progress: string) => void;
}

export async function* registrationsFrom(source: Source, deps: SourceDeps): AsyncGenerator<Registration> {
  let unreadable = 0;
  const onUnreadable = (): void => void unreadable++;
  switch (source.kind) {
    case 'file':
      yield* registrationsIn(await readInput(source.path, deps.io), source.realm);
      break;
    case 'store':
      yield* storedRegistrations((await deps.keycloak()).events, source.realm, source.since, onUnreadable);
      break;
    case 'topic':
      yield* await fromTopic(source, deps, onUnreadable);
  }
  if (unreadable > 0) {
    deps.io.stderr(
      `${unreadable} ${unreadable === 1 ? 'record' : 'records'} could not be read and had to be left out\n`,
    );
  }
}

type Registered = Extract<DecodedEvent, { kind: 'registered' }>;

/** Reads all of them before the first is used: registrations are the smallest part of a topic. */
async function fromTopic(
  { topic, since }: Extract<Source, { kind: 'topic' }>,
  { io, keycloak, realms, show }: SourceDeps,
  onUnreadable: () => void,
): Promise<readonly Registration[]> {
  const config = readSettings(io.env, kafkaSettings);
  const log = createLog('error', { write: (line: string) => io.stderr(line) });
  const kafka = createKafka(kafkaSettingsOf(config), log);
  const events: Registered[] = [];
  let records = 0;
  await readTopic({
    kafka,
    topic: topic === '' ? config.KAFKA_EVENTS_TOPIC : topic,
    group: config.KAFKA_GROUP,
    since,
    onRecord: (value, total) => {
      show(`${++records} of ${total} records read`);
      const event = readable(value, onUnreadable);
      if (event?.kind === 'registered') {
        events.push(event);
      }
    },
  });
  const ids = new Set(events.flatMap(({ realm }) => ('id' in realm ? [realm.id] : [])));
  const names = new Map<string, string>();
  for (const id of ids) {
    names.set(id, await realmName(await keycloak(), id, realms));
  }
  return events.map(({ realm, registration }) => ({
    ...registration,
    realm: 'name' in realm ? realm.name : (names.get(realm.id) ?? realm.id),
  }));
}

function readable(value: Buffer, onUnreadable: () => void): DecodedEvent | null {
  try {
    return decode(value);
  } catch (error) {
    if (!isServiceError(error, 'EVENT_UNREADABLE')) {
      throw error;
    }
    onUnreadable();
    return null;
  }
}

/** A realm that no rule names keeps its id. */
async function realmName({ events }: Keycloak, id: string, realms: readonly string[]): Promise<string> {
  try {
    return await events.realmName(id, realms);
  } catch (error) {
    if (isServiceError(error, 'REALM_UNKNOWN')) {
      return id;
    }
    throw error;
  }
}
