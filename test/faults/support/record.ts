import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { Kafka, logLevel } from 'kafkajs';

import { stackEnv } from '../../stack/support/realm.ts';
import { recordsOf } from '../../stack/support/kafka-redis.ts';
import type { TestService } from '../../stack/support/service.ts';
import type { AdminEvent, AuditLine } from './judge.ts';

const pageSize = 500;

/** Keycloak's own record is the judge: its event store was written in the transaction that made the user. */
export async function findRegistrations(admin: KeycloakAdminClient, realm: string) {
  const events = await pages((first) =>
    admin.realms.findEvents({ realm, type: 'REGISTER' as never, first, max: pageSize }),
  );
  return events.map(({ userId = '', clientId = '', time = 0, details }) => ({
    userId,
    client: clientId,
    time,
    username: (details as { username?: string } | undefined)?.username ?? userId,
  }));
}

export async function readAdminEvents(admin: KeycloakAdminClient, realm: string): Promise<AdminEvent[]> {
  const events = await pages((first) => admin.realms.findAdminEvents({ realm, first, max: pageSize }));
  return events.map(({ time = 0, operationType = '', resourceType = '', resourcePath = '' }) => ({
    time,
    operation: operationType,
    resource: resourceType,
    path: resourcePath,
  }));
}

export async function readUsers(admin: KeycloakAdminClient, realm: string): Promise<ReadonlyMap<string, boolean>> {
  const users = await pages((first) => admin.users.find({ realm, first, max: pageSize }));
  return new Map(users.map(({ id = '', enabled }) => [id, enabled === true]));
}

/** The audit topic of one service, from the broker itself and past any proxy. */
export async function auditLines(settings: TestService['settings']): Promise<AuditLine[]> {
  const { KAFKA_AUDIT_TOPIC } = settings;
  // One that asks for a login is the case's own; else it is the stack's.
  const { KAFKA_SASL_USERNAME: username = '', KAFKA_SASL_PASSWORD: password = '' } = settings as NodeJS.ProcessEnv;
  const kafka = new Kafka(
    username === ''
      ? { brokers: stackEnv.KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING }
      : {
          brokers: settings.KAFKA_BROKERS.split(','),
          logLevel: logLevel.NOTHING,
          sasl: { mechanism: 'scram-sha-512', username, password },
        },
  );
  const admin = kafka.admin();
  await admin.connect();
  try {
    const records = await recordsOf({ kafka, admin }, KAFKA_AUDIT_TOPIC);
    return records.map(({ value }) => JSON.parse(value ?? '{}') as AuditLine);
  } finally {
    await admin.disconnect();
  }
}

async function pages<T>(page: (first: number) => Promise<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const found = await page(all.length);
    all.push(...found);
    if (found.length < pageSize) {
      return all;
    }
  }
}
