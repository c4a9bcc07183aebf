import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createKeycloak } from '../../src/adapters/keycloak/keycloak.ts';
import { connectRedis } from '../../src/adapters/redis/connect.ts';
import { createLog } from '../../src/platform/log.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../certificates', name), 'utf8');
const log = createLog('fatal', process.stderr);

/** Mail has tests of its own, with more certificates. */
describe('a server whose certificate nobody trusts is told nothing by the client of', () => {
  let server: Server;
  let address: string;
  let told = '';

  beforeAll(async () => {
    server = createServer({ key: read('server.key'), cert: read('self-signed.pem') }, (socket) => {
      socket.on('data', (chunk) => (told += String(chunk)));
      socket.on('error', () => undefined);
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    address = `127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`;
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

  it('Kafka', async () => {
    const admin = createKafka({ brokers: [address], tls: true, retries: 0 }, log).admin();
    await expect(admin.connect()).rejects.toThrow(/self-signed certificate/);
    await admin.disconnect();
    expect(told).toBe('');
  });

  it('Redis', async () => {
    await expect(connectRedis({ url: `rediss://:s3cret@${address}`, log, patienceMs: 500 })).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    expect(told).toBe('');
  });

  it('Keycloak', async () => {
    const keycloak = createKeycloak({
      url: `https://${address}`,
      clientId: 'vestibule',
      secretOf: () => 's3cret',
      timeoutMs: 2_000,
      connections: 1,
    });
    await expect(keycloak.ping('acme')).rejects.toMatchObject({ code: 'KEYCLOAK_UNAVAILABLE' });
    await keycloak.close();
    expect(told).toBe('');
  });
});
