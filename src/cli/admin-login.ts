import { readFile } from 'node:fs/promises';

import { ServiceError } from '../platform/errors.ts';
import type { Io } from './command.ts';

/**
 * The password of the administrator, where the environment gives one.
 * @throws ServiceError CONFIG_INVALID
 */
export async function adminPassword({ env }: Io): Promise<string | undefined> {
  const file = env['KEYCLOAK_ADMIN_PASSWORD_FILE'];
  if (file === undefined || file === '') {
    return env['KEYCLOAK_ADMIN_PASSWORD'] || undefined;
  }
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ServiceError('CONFIG_INVALID', `KEYCLOAK_ADMIN_PASSWORD_FILE cannot be read: ${why}`);
  }
}
