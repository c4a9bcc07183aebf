import { decode } from './decode.ts';
import type { Registration } from './registration.ts';

/**
 * An event as the event store of a realm has it, which has the realm's id only.
 * @returns `null` for what is no registration
 * @throws ServiceError EVENT_UNREADABLE
 */
export function registrationIn(event: object, realm: string): Registration | null {
  const decoded = decode(JSON.stringify(event));
  return decoded.kind === 'registered' ? { ...decoded.registration, realm } : null;
}
