import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { press } from '../../stack/press.ts';
import { linkIn, mailsTo, mailTo } from './support/inbox.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

interface Post {
  readonly path: string;
  readonly body: string;
  readonly at: number;
}

let realm: TestRealm;
let service: TestService;
let server: Server;
const posts: Post[] = [];
const secret = 's3cret-of-the-channel';

const desk = (): string => `desk@${realm.realm}.test`;
const lead = (): string => `lead@${realm.realm}.test`;
const to = (channel: string) => posts.filter(({ path }) => path === `/${channel}/${secret}`);
const linkOf = ({ body }: Post): string => /"url":"(http[^"]+)"/.exec(body)?.[1] ?? '';
const audited = (kind: string, by: string) =>
  until(
    `the audit has ${kind} by ${by}`,
    () => service.log.filter((line) => line['msg'] === 'audit' && line['kind'] === kind && line['by'] === by),
    (lines) => lines.length > 0,
  );

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += String(part)));
    request.on('end', () => {
      posts.push({ path: request.url ?? '', body, at: Date.now() });
      const busy = request.url?.startsWith('/slack') === true && to('slack').length === 1;
      response.writeHead(busy ? 429 : 200, busy ? { 'retry-after': '2' } : {}).end(busy ? 'rate_limited' : 'ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  realm = await createRealm({ prefix: 'chat', clients: [{ clientId: 'portal' }, { clientId: 'forum' }] });
  const rule = (client: string, request: string) =>
    `version: 1\nrealm: ${realm.realm}\nclients: [${client}]\nlanguage: de\nrules:\n  - name: ${client}\n    then: [{ request-approval: ${request} }]\n`;
  service = await startService({
    secret: realm.secret,
    rules: {
      'portal.yaml': rule(
        'portal',
        `{ approvers: [${desk()}, ${lead()}], chat: [{ slack: partners }], need: 2, tell-others: true }`,
      ),
      'forum.yaml': rule('forum', '{ chat: { teams: desk }, rejected: [delete-user] }'),
    },
    env: {
      CHAT_WEBHOOKS: `slack:partners=${base}/slack/${secret},teams:desk=${base}/teams/${secret}`,
      WEBHOOK_ALLOW_PRIVATE: 'true',
    },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await realm?.dispose();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

describe('a question in a channel', () => {
  it('comes to Slack when Slack takes it, has one vote, and those who have not voted hear of the outcome', async () => {
    await realm.register('portal', 'mia');
    const [busy, taken] = await until(
      'the message',
      () => to('slack'),
      (all) => all.length >= 2,
    );
    expect((taken?.at ?? 0) - (busy?.at ?? 0)).toBeGreaterThanOrEqual(2_000);
    expect(taken?.body).toBe(busy?.body);
    expect(taken?.body).toContain('Mia Meyer möchte Zugang zu portal');
    await press(linkOf(taken!), 'approve');
    const [voted] = await audited('voted', 'slack:partners');
    expect(voted?.['because']).toContain('127.0.0.1');

    await press(linkIn(await mailTo(desk(), 'portal')), 'approve');
    await until(
      'mia is in',
      () => realm.userNamed('mia'),
      (user) => user?.enabled === true,
    );
    const told = await until(
      'the mail to the one who has not voted',
      () => mailsTo(lead()),
      (all) => all.some(({ text }) => text.includes(desk())),
    );
    expect(told).toHaveLength(2);
    expect(told.find(({ text }) => text.includes(desk()))?.text).toContain('Slack-Kanal partners');
    expect(await mailsTo(desk())).toHaveLength(1);
    expect(to('slack')).toHaveLength(2);
  }, 120_000);

  it('comes to Teams as a card, and is enough where the rule asks nobody else', async () => {
    await realm.register('forum', 'ben');
    const [post] = await until(
      'the card',
      () => to('teams'),
      (all) => all.length > 0,
    );
    expect(JSON.parse(post?.body ?? '')).toMatchObject({
      type: 'message',
      attachments: [{ content: { type: 'AdaptiveCard', actions: [{ type: 'Action.OpenUrl' }] } }],
    });
    await press(linkOf(post!), 'reject');
    await audited('voted', 'teams:desk');
    await until(
      'ben is gone',
      () => realm.userNamed('ben'),
      (user) => user === undefined,
    );
  }, 120_000);

  it('is named by address in no log', () => {
    expect(JSON.stringify(service.log)).not.toContain(secret);
  });
});

describe('a rule that asks a channel which no setting has', () => {
  it('does not come into force, and says which channel it is', async () => {
    const rules = `version: 1\nrealm: ${realm.realm}\nclients: [other]\nrules:\n  - name: other\n    then: [{ request-approval: { chat: { slack: sales } } }]\n`;
    await service.writeRules({ 'other.yaml': rules });
    await until(
      'the log names it',
      () => JSON.stringify(service.log),
      (text) => text.includes('asks the channel slack:sales, and CHAT_WEBHOOKS has none of that name'),
    );
  }, 60_000);
});
