/** What is wrong with one setting; `text` names it and never its value. */
export interface SettingProblem {
  readonly name: string;
  readonly kind: 'missing' | 'invalid' | 'unreadable' | 'given-twice' | 'contradiction';
  readonly text: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Settings that are right by themselves, and do not fit together. */
export function contradictions(env: Env, names: readonly string[]): SettingProblem[] {
  const has = (name: string): boolean => Boolean(env[name]) || Boolean(env[`${name}_FILE`]);
  const found: SettingProblem[] = [];
  if (
    names.includes('KEYCLOAK_CLIENT_SECRET') &&
    !has('KEYCLOAK_CLIENT_SECRET') &&
    !has('KEYCLOAK_CLIENT_SECRETS_DIR')
  ) {
    found.push({
      name: 'KEYCLOAK_CLIENT_SECRET',
      kind: 'missing',
      text: 'KEYCLOAK_CLIENT_SECRET is not set, nor is KEYCLOAK_CLIENT_SECRETS_DIR; run `vestibule setup` to make one',
    });
  }
  if (
    names.includes('KAFKA_SASL_MECHANISM') &&
    has('KAFKA_SASL_MECHANISM') &&
    !(has('KAFKA_SASL_USERNAME') && has('KAFKA_SASL_PASSWORD'))
  ) {
    found.push({
      name: 'KAFKA_SASL_MECHANISM',
      kind: 'contradiction',
      text: 'KAFKA_SASL_MECHANISM is set, so KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD must be too',
    });
  }
  if (names.includes('EVENTS_TOPIC_TRUSTED') && env['EVENTS_TOPIC_TRUSTED'] === 'true' && has('EVENT_SIGNING_KEY')) {
    found.push({
      name: 'EVENTS_TOPIC_TRUSTED',
      kind: 'contradiction',
      text: 'EVENTS_TOPIC_TRUSTED is true, and so EVENT_SIGNING_KEY means nothing; keep one of the two',
    });
  }
  return found;
}

/** The value of a setting, from the environment or from the file that `NAME_FILE` names. */
export function valueOf(
  name: string,
  env: Env,
  secret: boolean,
  readFile: (path: string) => string,
): string | undefined | SettingProblem {
  const value = env[name] === '' ? undefined : env[name];
  const file = secret ? env[`${name}_FILE`] : undefined;
  if (file === undefined || file === '') {
    return value;
  }
  if (value !== undefined) {
    return { name, kind: 'given-twice', text: `${name} and ${name}_FILE are both set; keep one` };
  }
  try {
    return readFile(file).trim();
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    return { name, kind: 'unreadable', text: `${name}_FILE cannot be read: ${why}` };
  }
}
