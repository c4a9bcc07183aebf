import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

const secret = Buffer.from('a key of at least twenty-four bytes').toString('base64');

describe('webhooks', () => {
  let realm: TestRealm;
  let service: TestService;
  let server: Server;
  const calls: { headers: IncomingHttpHeaders; body: string }[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        calls.push({ headers: request.headers, body });
        // The first attempt fails, as receivers do.
        response.writeHead(calls.length === 1 ? 503 : 204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    realm = await createRealm({ prefix: 'webhook', clients: [{ clientId: 'shop' }] });
    service = await startService({
      secret: realm.secret,
      rules: {
        'shop.yaml': `version: 1\nrealm: ${realm.realm}\nclients: [shop]\nrules:\n  - name: tell the crm\n    then: [{ webhook: '${url}' }, disable-user]\n`,
      },
      env: { WEBHOOK_SECRET: `whsec_${secret}`, WEBHOOK_ALLOW_PRIVATE: 'true' },
    });
  }, 120_000);

  afterAll(async () => {
    await service?.dispose();
    await realm?.dispose();
    await new Promise((resolve) => server.close(resolve));
  });

  it('are called until the receiver takes them, always the same message, signed; the door does not wait for them', async () => {
    await realm.register('shop', 'mia');
    await until(
      'the call',
      () => calls.length,
      (count) => count >= 2,
    );

    const [first, second] = calls;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = second?.headers ?? {};
    const content = [id, time, second?.body].join('.');
    const signed = createHmac('sha256', Buffer.from(secret, 'base64')).update(content);
    expect(signature).toBe(`v1,${signed.digest('base64')}`);

    const user = await until(
      'disabled',
      () => realm.userNamed('mia'),
      (found) => found?.enabled === false,
    );
    expect(JSON.parse(second?.body ?? '')).toMatchObject({
      type: 'registration.decided',
      data: { realm: realm.realm, clientId: 'shop', userId: user?.id, rule: 'tell the crm' },
    });
    expect(second?.body).not.toContain('mia@');
  });
});
