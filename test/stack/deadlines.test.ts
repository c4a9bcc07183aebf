import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { press } from '../../stack/press.ts';
import { linkIn, mailsTo, mailTo } from './support/inbox.ts';
import { connectSystems, type Systems } from './support/kafka-redis.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let systems: Systems;
let acme: TestRealm;
let service: TestService;
let deleted: string;

beforeAll(async () => {
  systems = await connectSystems();
  const clients = ['remind', 'verify', 'free', 'gated'].map((clientId) => ({ clientId, roles: ['member'] }));
  acme = await createRealm({ prefix: 'deadlines', clients, groups: ['/partners'] });
  service = await startService({
    secret: acme.secret,
    rules: {
      'remind.yaml': rules(acme, 'remind', `approvers: [${desk('a')}, ${desk('b')}], need: all, remind-after: 4s`),
      'verify.yaml': rules(acme, 'verify', `approvers: [${desk('verify')}], wait-for: email-verified`),
      'free.yaml': rules(acme, 'free', `approvers: [${desk('free')}], hold: none, ${outcomes('free')}`),
      'gated.yaml': rules(acme, 'gated', `approvers: [${desk('gated')}], hold: gate, ${outcomes('gated')}`),
    },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  await systems?.close();
});

function desk(name: string): string {
  return `${name}@${acme.realm}.test`;
}

function rules({ realm }: TestRealm, client: string, request: string): string {
  return `version: 1\nrealm: ${realm}\nclients: [${client}]\nrules:\n  - name: ${client}\n    then: [{ request-approval: { ${request} } }]\n`;
}

function outcomes(client: string): string {
  return `approved: [{ join-group: /partners }, { grant-role: { client: ${client}, role: member } }], rejected: [{ delete-user: { after: 10s } }]`;
}

/** Registers, and answers with the user's id once the rule was applied. */
async function register(client: string, username: string): Promise<string> {
  await acme.register(client, username, `${username}@people.${acme.realm}.test`);
  const id = (await acme.userNamed(username))?.id ?? '';
  await audited('the approval', id, ({ kind, step }) => kind === 'step' && step === 'request-approval');
  return id;
}

type Line = Record<string, unknown>;

function audited(what: string, userId: string, good: (line: Line) => boolean, withinMs = 40_000): Promise<Line[]> {
  return until(
    what,
    () => service.log.filter((line) => line['msg'] === 'audit' && line['userId'] === userId),
    (lines) => lines.some(good),
    withinMs,
  );
}

/** An event as anyone who can write to the topic could make one. */
async function forge(type: string, userId: string): Promise<void> {
  const { realm } = acme;
  const event = { id: randomUUID(), time: Date.now(), type, realmId: realm, realmName: realm, clientId: 'x', userId };
  const value = JSON.stringify({ ...event, details: {} });
  await systems.producer.send({ topic: 'keycloak.events', messages: [{ key: userId, value }] });
}

/** How often a job of the deadlines queue ended like that. */
async function ended(outcome: string): Promise<number> {
  const text = await (await fetch(`${service.opsUrl}/metrics`)).text();
  return Number(new RegExp(`queue="deadlines",outcome="${outcome}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

describe('workers/deadlines', () => {
  it('reminds the approver who has not voted, once, and records whom', async () => {
    const id = await register('remind', 'rita');
    await mailTo(desk('b'), 'wants to join');
    await press(linkIn(await mailTo(desk('a'), 'wants to join')), 'approve');

    await mailTo(desk('b'), 'Reminder');
    const lines = await audited('the record', id, ({ kind }) => kind === 'reminded');
    const sweeps = await ended('due');
    await until(
      'two more sweeps',
      () => ended('due'),
      (count) => count > sweeps + 1,
    );
    expect(await mailsTo(desk('a'))).toHaveLength(1);
    expect(await mailsTo(desk('b'))).toHaveLength(2);
    const asked = lines.filter(({ kind }) => kind === 'asked').map(({ to }) => to);
    expect(new Set(asked)).toEqual(new Set([desk('a'), desk('b')]));
    expect(lines.filter(({ kind }) => kind === 'reminded')).toEqual([expect.objectContaining({ to: desk('b') })]);

    await press(linkIn(await mailTo(desk('b'), 'Reminder')), 'approve');
    await audited('let in', id, ({ kind }) => kind === 'settled');
  }, 60_000);

  it('lets an event that comes before the address is verified use up nothing: the approvers are asked when it is', async () => {
    const [early, later] = [await register('verify', 'vera'), await register('verify', 'viktor')];
    const looks = await ended('asked');
    await forge('VERIFY_EMAIL', early);
    await until(
      'a look because of the event',
      () => ended('asked'),
      (count) => count > looks,
    );
    expect(await mailsTo(desk('verify'))).toEqual([]);

    await acme.admin.users.update({ id: early }, { emailVerified: true });
    await audited('the question', early, ({ kind }) => kind === 'asked');
    expect((await mailTo(desk('verify'), 'wants to join')).text).toContain('vera');
    expect(await mailsTo(desk('verify'))).toHaveLength(1);

    // The way out for those who wait in a realm that verifies no addresses.
    await service.writeRules({ 'verify.yaml': rules(acme, 'verify', `approvers: [${desk('verify')}], hold: gate`) });
    await audited('the question', later, ({ kind }) => kind === 'asked', 60_000);
    expect(await mailsTo(desk('verify'))).toHaveLength(2);
  }, 120_000);

  it('ends nothing on an event that calls an account deleted which is there', async () => {
    const id = await register('remind', 'dora');
    await forge('DELETE_ACCOUNT', id);
    await until(
      'a look because of the event',
      () => ended('still-there'),
      (count) => count === 1,
    );
    const kinds = (await audited('the approval', id, () => true)).map(({ kind }) => kind);
    expect(kinds).not.toContain('obsolete');

    deleted = id; // asked for at the end of this file: until a minute after the registration, it may only be invisible
    await acme.admin.users.del({ id });
    await forge('DELETE_ACCOUNT', id);
  }, 60_000);

  it.each(['free', 'gated'])(
    'deletes nobody later whom somebody let in since the rejection: %s',
    async (client) => {
      const names = ['none', 'group', 'role', 'gate'].map((sign) => `${client}-${sign}`);
      const ids = new Map<string, string>();
      for (const name of names) {
        ids.set(name, await register(client, name));
      }
      const mails = await until(
        'the questions',
        () => mailsTo(desk(client)),
        (all) => all.length === names.length,
      );
      await Promise.all(mails.map((mail) => press(linkIn(mail), 'reject')));
      const idOf = (sign: string): string => ids.get(`${client}-${sign}`) ?? '';
      for (const id of ids.values()) {
        const lines = await audited('the deletion', id, ({ step }) => step === 'delete-user');
        const [scheduled] = lines.filter(({ step }) => step === 'delete-user');
        expect(scheduled).toMatchObject({
          kind: 'step',
          outcome: 'scheduled',
          dueAt: expect.stringMatching(/^20.*Z$/),
        });
        expect(Date.parse(String(scheduled?.['dueAt']))).toBeGreaterThan(Date.parse(String(scheduled?.['at'])) + 9_000);
      }
      const { admin } = acme;
      const [group] = await admin.groups.find({ search: 'partners' });
      const [{ id: clientUniqueId = '' } = {}] = await admin.clients.find({ clientId: client });
      const { id = '', name = '' } = (await admin.clients.findRole({ id: clientUniqueId, roleName: 'member' })) ?? {};
      await admin.users.addToGroup({ id: idOf('group'), groupId: group?.id ?? '' });
      await admin.users.addClientRoleMappings({ id: idOf('role'), clientUniqueId, roles: [{ id, name }] });
      await admin.users.update({ id: idOf('gate') }, { requiredActions: [] });

      const gone = client === 'free' ? ['none', 'gate'] : ['none'];
      for (const sign of ['none', 'group', 'role', 'gate']) {
        const end = (await audited('the end', idOf(sign), isEnd)).find(isEnd);
        expect([sign, end?.['kind']]).toEqual([sign, gone.includes(sign) ? 'step' : 'skipped']);
        expect([sign, (await acme.userNamed(`${client}-${sign}`)) === undefined]).toEqual([sign, gone.includes(sign)]);
      }
    },
    90_000,
  );

  it('ends what waits for an account that is deleted indeed', async () => {
    await audited('the end', deleted, ({ kind }) => kind === 'obsolete', 90_000);
  }, 100_000);
});

/** Of a step that was put off. */
function isEnd({ kind, step, outcome }: Line): boolean {
  return step === 'delete-user' && (kind === 'skipped' || (kind === 'step' && outcome !== 'scheduled'));
}
