import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** The key with which the listener signs and the service verifies: neither can be told over Keycloak's Admin API. */
export interface SigningKey {
  readonly file: string;
  /** False: it was there already, and stays as it is. */
  readonly made: boolean;
}

/** Beside the client's secret, where the operator wants no other place. */
export function signingKeyFile(secretFile: string): string {
  return join(dirname(secretFile), 'event-signing-key');
}

/** Makes a key in that file, unless there is one. Two set-ups at once make one key. */
export async function makeSigningKey(file: string): Promise<SigningKey> {
  try {
    await writeFile(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
    return { file, made: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
    return { file, made: false };
  }
}

/** What the operator has to do with it: set-up cannot. */
export function aboutSigningKey({ file, made }: SigningKey): string {
  const path = resolve(file);
  return `${made ? 'A key that signs registrations was made' : 'The key that signs registrations is there already'}: ${path}
  Keycloak, a server option (its user must be able to read the file), then restart Keycloak:
    --spi-events-listener--vestibule--signing-key-file=${path}
  Vestibule: EVENT_SIGNING_KEY_FILE=${path}
`;
}
