import { settings } from './settings.ts';

/** One setting, as people are told of it. */
interface Entry {
  readonly name: string;
  readonly about: string;
  readonly secret: boolean;
  /** Without it the service does not start. */
  readonly required: boolean;
  /** What holds when it is not set; '' when that is nothing. */
  readonly usual: string;
}

const entries: readonly Entry[] = Object.entries(settings).map(([name, { schema, about, ...kind }]) => {
  const unset = schema.safeParse(undefined);
  return {
    name,
    about,
    secret: 'secret' in kind,
    required: !unset.success,
    usual: unset.success && unset.data !== undefined ? String(unset.data) : '',
  };
});

/** All settings as a table in Markdown, from the definitions that the service reads. */
export function settingsTable(): string {
  const rows = entries.map(({ name, about, secret, required, usual }) => {
    const value = required ? '**must be set**' : usual === '' ? '' : `\`${usual}\``;
    return `| \`${name}\`${secret ? ' †' : ''} | ${about} | ${value} |`;
  });
  return ['| setting | what | default |', '|---|---|---|', ...rows].join('\n');
}

/** All settings as an environment file: those that must be set are to be filled in, the others show their default. */
export function settingsFile(): string {
  const lines = entries.map(({ name, about, secret, required, usual }) =>
    [
      `# ${about}${secret ? `; or ${name}_FILE, the path of a file that holds it` : ''}`,
      `${required ? '' : '# '}${name}=${usual}`,
      '',
    ].join('\n'),
  );
  return [
    '# Settings of `vestibule run`. "vestibule setup --settings-file .env" writes such a file with the secrets in it.',
    '# By hand: fill in what has no "#" before it, and KEYCLOAK_CLIENT_SECRET or KEYCLOAK_CLIENT_SECRETS_DIR.',
    '# The other lines show the defaults.',
    '',
    ...lines,
  ].join('\n');
}
