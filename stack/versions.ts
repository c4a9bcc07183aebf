/** The versions of everything the local stack runs, in one place. */
export const versions = {
  keycloak: '26.7.4',
  kafka: '4.4.0',
  /** Holds Redis binaries; used only where the system has neither redis-server nor valkey-server. */
  embeddedRedis: '1.4.3',
  mavenDependencyPlugin: '3.8.1',
} as const;
