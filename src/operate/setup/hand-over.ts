import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { EnvValues } from './env-file.ts';
import { fillEnvFile, valuesIn } from './fill-env-file.ts';
import { settingsAmong } from './first-settings.ts';
import { aboutSigningKey, makeSigningKey, signingKeyFile } from './signing-key.ts';

export interface HandOver {
  readonly keycloakUrl: string;
  readonly clientId: string;
  readonly clientSecret: () => Promise<string>;
  /** True: the secret of the client was made just now, and nobody has it yet. */
  readonly clientIsNew: boolean;
  readonly secretFile: string | undefined;
  readonly settingsFile: string | undefined;
  readonly signingKeyFile: string | undefined;
  /** What the operator gave for the settings file. */
  readonly given: EnvValues;
  readonly env: EnvValues;
}

/** Leaves what the service needs in files: secrets, keys and settings. @returns what the operator has to know */
export async function handOver(what: HandOver): Promise<string> {
  const { keycloakUrl, clientId, clientSecret, secretFile, settingsFile, given, env } = what;
  const said: string[] = [];
  if (secretFile !== undefined) {
    await writeFile(secretFile, `${await clientSecret()}\n`, { mode: 0o600 });
    said.push(`The client's secret is in ${secretFile}: KEYCLOAK_CLIENT_SECRET_FILE=${secretFile}\n`);
  } else if (settingsFile === undefined && what.clientIsNew) {
    said.push(
      "The client's secret: run again with --settings-file FILE or --secret-file FILE, or look in the admin console.\n",
    );
  }
  const keyFile = what.signingKeyFile ?? (await usualKeyFile(what));
  if (keyFile !== undefined) {
    said.push(aboutSigningKey(await makeSigningKey(keyFile)));
  }
  if (settingsFile !== undefined) {
    const about = await fillEnvFile(settingsFile, {
      keycloakUrl,
      clientId,
      secret: secretFile === undefined ? { value: await clientSecret() } : { file: resolve(secretFile) },
      signingKeyFile: keyFile === undefined ? null : resolve(keyFile),
      given: { ...settingsAmong(env), ...given },
    });
    said.push(about);
  }
  return said.join('');
}

/** Beside the other secrets; `undefined`: there is no such place, or the operator has a key already. */
async function usualKeyFile({ secretFile, settingsFile, given, env }: HandOver): Promise<string | undefined> {
  const there = settingsFile === undefined ? {} : await valuesIn(settingsFile);
  const hasKey = [env, there, given].some(
    (values) => Boolean(values['EVENT_SIGNING_KEY']) || Boolean(values['EVENT_SIGNING_KEY_FILE']),
  );
  const beside = secretFile ?? settingsFile;
  return beside === undefined || hasKey ? undefined : signingKeyFile(beside);
}
