import { readFile } from 'node:fs/promises';

import { ServiceError } from '../platform/errors.ts';
import { decode } from '../ingest/decode.ts';
import type { Registration } from '../ingest/registration.ts';
import type { Io } from './command.ts';

/** @throws ServiceError EVENT_UNREADABLE */
export async function readInput(path: string, io: Io): Promise<string> {
  try {
    return path === '-' ? await io.stdin() : await readFile(path, 'utf8');
  } catch (error) {
    throw unusable(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}

/**
 * The registrations among recorded events, whatever envelope they came in: one event, a list as the Admin API gives it,
 * or one on each line. Events of another type are left out.
 * @param realm the realm of events that have only its id, as those of the Admin API
 * @throws ServiceError EVENT_UNREADABLE
 */
export function registrationsIn(text: string, realm?: string): Registration[] {
  const whole = jsonOf(text);
  const lines = () => text.split('\n').filter((line) => line.trim() !== '');
  const events = Array.isArray(whole)
    ? whole
    : whole === undefined
      ? lines().map((line) => jsonOf(line) ?? line)
      : [whole];
  return events.flatMap((event) => {
    const decoded = decode(recordOf(event));
    if (decoded.kind !== 'registered') {
      return [];
    }
    const { realm: its, registration } = decoded;
    return [{ ...registration, realm: 'name' in its ? its.name : (realm ?? its.id) }];
  });
}

/** A recorded Kafka record wraps the event as its value. The decoder reports what is not JSON. */
function recordOf(event: unknown): string {
  const wrapped = typeof event === 'object' && event !== null && 'value' in event && !('realmId' in event);
  const inner: unknown = wrapped ? event.value : event;
  return typeof inner === 'string' ? inner : JSON.stringify(inner);
}

/** `undefined` when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function unusable(why: string): ServiceError {
  return new ServiceError('EVENT_UNREADABLE', why);
}
