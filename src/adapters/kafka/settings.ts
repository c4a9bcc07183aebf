import type { Config, kafkaSettings } from '../../platform/settings.ts';

/** How to reach the brokers, from the service's settings. */
export function kafkaSettingsOf(
  config: Pick<Config, 'KAFKA_BROKERS' | 'KAFKA_TLS'> & Partial<Pick<Config, (typeof kafkaSettings)[number]>>,
) {
  const {
    KAFKA_BROKERS: brokers,
    KAFKA_TLS: tls,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = config;
  return {
    brokers,
    tls,
    ...(mechanism === undefined || username === undefined || password === undefined
      ? {}
      : { sasl: { mechanism, username, password: password.reveal() } }),
  };
}
