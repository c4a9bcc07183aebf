import { isServiceError } from '../../platform/errors.ts';
import type { Forbidden } from './realm-facts.ts';

/** What Keycloak says, or which role it takes to be told. */
export async function ifAllowed<T>(role: Forbidden['lacks'], look: () => Promise<T>): Promise<T | Forbidden> {
  try {
    return await look();
  } catch (error) {
    if (isServiceError(error, 'KEYCLOAK_FORBIDDEN') && error.details['status'] === 403) {
      return { lacks: role };
    }
    throw error;
  }
}
