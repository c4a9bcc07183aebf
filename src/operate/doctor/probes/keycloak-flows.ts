import type { Login } from '../../../adapters/keycloak/tokens.ts';
import { isServiceError } from '../../../platform/errors.ts';
import type { WayIn } from '../../door/ways-in.ts';
import { isForbidden } from '../../realm-check/realm-facts.ts';
import { KeycloakRealmProbe } from '../../realm-check/realm-probe.ts';

const timeoutMs = 4_000;

/** The flows by which people get an account. @returns `null` where the login may not see them */
export async function waysInOf(url: string, realm: string, login: Login): Promise<readonly WayIn[] | null> {
  const probe = new KeycloakRealmProbe({ url, loginTo: () => login, timeoutMs });
  try {
    const seen = await probe.waysIn(realm);
    return isForbidden(seen) ? null : seen;
  } catch (error) {
    // What keeps a login from looking at all has a finding of its own.
    if (isServiceError(error)) {
      return null;
    }
    throw error;
  } finally {
    await probe.close();
  }
}
