/** The versions of everything the local stack runs, in one place. */
export const versions = {
  /** Also in keycloak/, package.json and docker-compose.yml, as is Kafka's; a test holds them to this. */
  keycloak: '26.7.4',
  kafka: '4.4.0',
  /** The one Kafka brings. */
  log4j: '2.25.5',
  /** Holds Redis binaries; used only where the system has neither redis-server nor valkey-server. */
  embeddedRedis: '1.4.3',
  mavenDependencyPlugin: '3.8.1',
  /** npm package @sparticuz/chromium, a browser for machines without one: the last whose engines allow Node 20. */
  chromium: '143.0.4',
  /** npm package dejavu-fonts-ttf, the fonts of that browser. */
  dejavuFonts: '2.37.3',
} as const;
