import kafkajs from 'kafkajs';

import { passwordOf, startSecured } from '../../stack/support/secured-systems.ts';
import type { Scene } from '../support/scene.ts';
import { onlyEventStore } from './common.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs;
const user = 'vestibule';
const { ALLOW, DENY } = AclPermissionTypes;
const his = { principal: `User:${user}`, host: '*', resourcePatternType: ResourcePatternTypes.LITERAL } as const;
const all = { ...his, operation: AclOperationTypes.ALL, permissionType: ALLOW } as const;
const noWrite = {
  ...his,
  resourceType: AclResourceTypes.TOPIC,
  operation: AclOperationTypes.WRITE,
  permissionType: DENY,
} as const;

/** A Kafka of the case's own that asks for a login, in which one user may do all, until a right is withdrawn. */
export async function securedKafka(scene: Scene) {
  const secured = await scene.keep('secured Kafka', startSecured([user]), (systems) => systems.stop());
  await secured.run(
    `kafka-configs.sh --bootstrap-server ${secured.broker} --command-config admin.properties --alter ` +
      `--entity-type users --entity-name ${user} --add-config 'SCRAM-SHA-512=[password=${passwordOf(user)}]'`,
  );
  const admin = new Kafka({
    brokers: [secured.broker],
    logLevel: logLevel.NOTHING,
    sasl: { mechanism: 'scram-sha-512', username: 'admin', password: passwordOf('admin') },
  }).admin();
  await scene.keep(
    'administrator of Kafka',
    admin.connect().then(() => admin),
    (login) => login.disconnect(),
  );
  await admin.createAcls({
    acl: [
      { ...all, resourceType: AclResourceTypes.TOPIC, resourceName: '*' },
      { ...all, resourceType: AclResourceTypes.GROUP, resourceName: '*' },
      { ...all, resourceType: AclResourceTypes.CLUSTER, resourceName: 'kafka-cluster' },
    ],
  });
  return {
    env: {
      ...onlyEventStore(scene),
      KAFKA_BROKERS: secured.broker,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD: passwordOf(user),
    },
    deny: (topic: string) => admin.createAcls({ acl: [{ ...noWrite, resourceName: topic }] }),
    allow: (topic: string) => admin.deleteAcls({ filters: [{ ...noWrite, resourceName: topic }] }),
  };
}
