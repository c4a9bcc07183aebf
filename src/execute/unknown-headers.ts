import type { Registration } from '../ingest/registration.ts';
import { type Audit, idsOf } from '../jobs/audit.ts';
import type { Job } from '../jobs/payloads.ts';
import { ServiceError } from '../platform/errors.ts';

export interface UnknownHeadersDeps {
  readonly store: {
    registration(wanted: Pick<Registration, 'eventId' | 'time' | 'realm' | 'userId'>): Promise<Registration | null>;
  };
  readonly audit: Audit;
  /** Tells operators of a person who waits. */
  readonly onUnknownHeaders: (registration: Registration, names: readonly string[]) => void;
}

/**
 * The job with the request headers that its rules ask for, as Keycloak's event store has them. Where it does not have
 * them, nobody knows whether these rules hold. Then the person is neither let in nor kept out: whoever is at the gate
 * stays there, until somebody changes the rules or lets the person in.
 * @throws ServiceError HEADERS_UNKNOWN
 */
export async function withStoredHeaders(
  { store, audit, onUnknownHeaders }: UnknownHeadersDeps,
  job: Job<'registrations'>,
  names: readonly string[],
): Promise<Job<'registrations'>> {
  const { registration, ...rest } = job.data;
  const headers = (await store.registration(registration))?.headers;
  if (headers !== undefined && names.every((name) => Object.hasOwn(headers, name))) {
    return { ...job, data: { ...rest, registration: { ...registration, headers } } };
  }
  const because = `request headers that rules ask for are not known: ${names.join(', ')}`;
  if (rest.headersUnknown !== true) {
    await audit.record({ kind: 'waits', ...idsOf(registration), because });
    await job.save({ ...job.data, headersUnknown: true });
  }
  onUnknownHeaders(registration, names);
  throw new ServiceError('HEADERS_UNKNOWN', because, idsOf(registration));
}
