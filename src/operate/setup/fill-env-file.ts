import { parseEnv } from 'node:util';

import { type EnvFile, type EnvValues, mergeEnv, readEnvFile, writeEnvFile } from './env-file.ts';
import { firstSettings, type FirstSettings } from './first-settings.ts';

const head = `# Settings of "vestibule run", written by "vestibule setup". Keep this file to yourself: it holds keys.
# "vestibule settings" lists what else can be set.
#
# For the first start, take the "#" away: the service then decides and records, but changes nothing and sends nothing.
# DRY_RUN=true`;

/** What the file holds already; nothing when there is none. */
export async function valuesIn(file: string): Promise<EnvValues> {
  return parseEnv((await readEnvFile(file)) ?? '');
}

/** Makes the environment file, or adds what it lacks. @returns what the operator has to know */
export async function fillEnvFile(file: string, first: FirstSettings): Promise<string> {
  const existing = await readEnvFile(file);
  const filled = mergeEnv(existing, firstSettings(first), head);
  if (filled.text !== existing) {
    await writeEnvFile(file, filled.text);
  }
  const { KEYCLOAK_CLIENT_SECRET: before } = parseEnv(existing ?? '') as EnvValues;
  const otherSecret = 'value' in first.secret && (before ?? '') !== '' && before !== first.secret.value;
  return aboutEnvFile(file, filled, otherSecret);
}

function aboutEnvFile(file: string, { added, blanks }: EnvFile, otherSecret: boolean): string {
  const run = `node --env-file=${file} bin/vestibule.js`;
  return [
    added.length === 0
      ? `${file} had all that setup knows, and stays as it is.`
      : `${file} has, readable by you alone: ${added.join(', ')}`,
    ...(otherSecret
      ? [
          `Its KEYCLOAK_CLIENT_SECRET stays, but this realm has another: correct it, or, for several realms, use`,
          `KEYCLOAK_CLIENT_SECRETS_DIR and --secret-file.`,
        ]
      : []),
    ...(blanks.length === 0 ? [] : [`Fill in there: ${blanks.join(', ')}`]),
    'Next:',
    `  ${run} check --live       is all there that the rules name?`,
    `  ${run} doctor             is every setting and connection right?`,
    `  DRY_RUN=true ${run} run   the first start: decides and records, but changes and sends nothing`,
    '',
  ].join('\n');
}
