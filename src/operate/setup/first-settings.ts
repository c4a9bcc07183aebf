import { randomBytes } from 'node:crypto';

import { didYouMean } from '../../platform/did-you-mean.ts';
import { ServiceError } from '../../platform/errors.ts';
import { lookAtSettings, settings } from '../../platform/settings.ts';
import type { EnvLine, EnvValues } from './env-file.ts';

type SettingName = keyof typeof settings;

/** What set-up cannot know: where the other systems are. */
const places: readonly SettingName[] = ['KAFKA_BROKERS', 'REDIS_URL', 'SMTP_URL', 'MAIL_FROM', 'PUBLIC_URL'];

/**
 * The settings that an operator gives as NAME=VALUE.
 * @throws ServiceError CONFIG_INVALID that names each fault, and no value
 */
export function readGiven(pairs: readonly string[]): EnvValues {
  const given = Object.fromEntries(
    pairs.map((pair) => [pair.split('=', 1)[0] ?? '', pair.includes('=') ? pair.slice(pair.indexOf('=') + 1) : '']),
  );
  const names = Object.keys(given);
  const faults = names.flatMap((name) => {
    const form = Object.hasOwn(settings, name) ? name : name.replace(/_FILE$/, '');
    if (!Object.hasOwn(settings, form)) {
      return [`"${name}" is no setting, ${didYouMean(name, Object.keys(settings))}`.replace(/, $/, '')];
    }
    if (given[name] === '' || given[name]?.includes('\n') === true) {
      return [`--set ${name} needs a value: --set ${name}=VALUE`];
    }
    return form === name
      ? lookAtSettings(given, [name as SettingName]).problems.flatMap(({ kind, text }) =>
          kind === 'invalid' ? [text] : [],
        )
      : [];
  });
  if (faults.length > 0) {
    throw new ServiceError('CONFIG_INVALID', faults.join('\n'));
  }
  return given;
}

export interface FirstSettings {
  readonly keycloakUrl: string;
  readonly clientId: string;
  /** The client's secret, or the file that it is in. */
  readonly secret: { readonly value: string } | { readonly file: string };
  /** Where the signing key is; `null`: the operator has it elsewhere. */
  readonly signingKeyFile: string | null;
  /** What the operator gave, and what is in the environment. */
  readonly given: EnvValues;
}

/** What the service needs to start: what set-up knows or makes, what the operator gave, and blanks for the rest. */
export function firstSettings({ keycloakUrl, clientId, secret, signingKeyFile, given }: FirstSettings): EnvLine[] {
  const known: EnvValues = {
    ...given,
    KEYCLOAK_URL: keycloakUrl,
    ...(clientId === 'vestibule' ? {} : { KEYCLOAK_CLIENT_ID: clientId }),
    ...('file' in secret ? { KEYCLOAK_CLIENT_SECRET_FILE: secret.file } : { KEYCLOAK_CLIENT_SECRET: secret.value }),
    ...(signingKeyFile === null ? {} : { EVENT_SIGNING_KEY_FILE: signingKeyFile }),
    ...(['LINK_KEYS', 'LINK_KEYS_FILE'].some((name) => given[name]) ? {} : { LINK_KEYS: newLinkKeys() }),
  };
  return (Object.keys(settings) as SettingName[]).flatMap((name) => {
    const { about } = settings[name];
    const form = [name, `${name}_FILE`].find((each) => (known[each] ?? '') !== '');
    return form === undefined && !places.includes(name)
      ? []
      : [{ name: form ?? name, value: known[form ?? ''] ?? '', about }];
  });
}

/** Of the environment, what belongs into the file: what the operator has set for the service already. */
export function settingsAmong(env: EnvValues): EnvValues {
  const names = [...places, 'LINK_KEYS', 'EVENT_SIGNING_KEY'].flatMap((name) => [name, `${name}_FILE`]);
  return Object.fromEntries(names.flatMap((name) => ((env[name] ?? '') === '' ? [] : [[name, env[name]]])));
}

function newLinkKeys(): string {
  return `k1:${randomBytes(32).toString('base64')}`;
}
