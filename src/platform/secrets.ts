import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Config } from './settings.ts';
import { ServiceError } from './errors.ts';

/**
 * The service account's secret of a realm: from the folder with one file per realm, else the one for all. A file that is
 * missing for a moment gives no job up.
 */
export function secretsOf({
  KEYCLOAK_CLIENT_SECRET,
  KEYCLOAK_CLIENT_SECRETS_DIR,
}: Partial<Pick<Config, 'KEYCLOAK_CLIENT_SECRET' | 'KEYCLOAK_CLIENT_SECRETS_DIR'>>): (realm: string) => string {
  return (realm) => {
    if (KEYCLOAK_CLIENT_SECRETS_DIR !== undefined && /^[\w.-]{1,255}$/.test(realm) && !realm.startsWith('.')) {
      try {
        return readFileSync(join(KEYCLOAK_CLIENT_SECRETS_DIR, realm), 'utf8').trim();
      } catch (cause) {
        if (KEYCLOAK_CLIENT_SECRET === undefined) {
          throw new ServiceError('KEYCLOAK_FORBIDDEN', 'KEYCLOAK_CLIENT_SECRETS_DIR holds no secret for the realm', {
            cause,
            realm,
          });
        }
      }
    }
    if (KEYCLOAK_CLIENT_SECRET === undefined) {
      throw new ServiceError('KEYCLOAK_FORBIDDEN', 'there is no client secret for the realm', { realm });
    }
    return KEYCLOAK_CLIENT_SECRET.reveal();
  };
}
