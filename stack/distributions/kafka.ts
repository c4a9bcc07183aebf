import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cached, mavenDependency, type Progress } from '../cache.ts';
import { versions } from '../versions.ts';

// The broker runs without kafka-tools; see below. Kafka brings log4j, but no bridge from SLF4J
// to it: without one a broker that fails says nothing.
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.vestibule</groupId><artifactId>local-kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${versions.kafka}</version>
      <exclusions><exclusion><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId></exclusion></exclusions>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${versions.log4j}</version>
    </dependency>
  </dependencies>
</project>
`;

/** Folder of Kafka's jars. */
export async function kafkaLibs(progress: Progress): Promise<string> {
  const key = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  const dir = await cached(`kafka-${versions.kafka}-${key}`, async (target) => {
    progress(`Kafka: downloading ${versions.kafka}, once (50 MB)`);
    await writeFile(join(target, 'pom.xml'), pom);
    await mavenDependency(target, 'copy-dependencies', [
      '-DincludeScope=runtime',
      `-DoutputDirectory=${join(target, 'libs')}`,
    ]);
  });
  return join(dir, 'libs');
}

/** Jar of Kafka's command-line tools, which runs with the jars of `kafkaLibs`. */
export async function kafkaTools(progress: Progress): Promise<string> {
  const name = `kafka-tools-${versions.kafka}`;
  const dir = await cached(name, async (target) => {
    progress(`Kafka: downloading its command-line tools, once (1 MB)`);
    const artifact = `org.apache.kafka:kafka-tools:${versions.kafka}`;
    await mavenDependency(target, 'copy', [`-Dartifact=${artifact}`, `-DoutputDirectory=${target}`]);
  });
  return join(dir, `${name}.jar`);
}
